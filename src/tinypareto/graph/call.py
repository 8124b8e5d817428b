"""One call of a traced network, free of torch: the input of lowering and of pruning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Call:
    """One module or function call of a traced network.

    Attributes:
        name: Unique name, also of the output; for a module its path (`blocks.0.pointwise`).
        target: Class name of the module (`Conv2d`) or name of the function (`add`, `relu`, `cat`).
        inputs: Names of the calls whose outputs it reads, or of the network's input, in order.
        attributes: Plain attributes of the module, or the other arguments of the function by name.
        weights: Parameters and buffers by name, in torch's layout, float32.
        input_shapes: Shapes of the inputs in torch's layout without the batch axis: (C, H, W),
            (C, L) or (features,).
        shape: Shape of the output, likewise.
        layer: Name of the first call that lowering merged into this one; empty if there is none.
    """

    name: str
    target: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    input_shapes: tuple[tuple[int, ...], ...] = ()
    shape: tuple[int, ...] = ()
    layer: str = ""
