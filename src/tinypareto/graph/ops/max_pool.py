"""Maximum over a sliding window; the padding never counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import Moving, Pooling
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import INT8_MIN


@dataclass(frozen=True)
class MaxPool(Pooling, Moving):
    """No weights; keeps the quantization of its input."""

    kind = "max_pool"
    targets = frozenset({"MaxPool1d", "MaxPool2d", "max_pool1d", "max_pool2d"})
    channels = ChannelRule.SAME
    kernel = kernel_text("max_pool.c")

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a maximum pooling; see Op."""
        for name in ("ceil_mode", "return_indices"):
            if call.attributes.get(name, False):
                problem = f"{name}=True has no integer counterpart; leave it out"
                raise unsupported(cls.kind, call, problem)
        return cls(Window.from_call(call)), {}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        most: NDArray[np.int8] = self.window.patches(inputs[0], INT8_MIN).max((-2, -1))
        return most

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        window = self.window.c_table(site.input_shapes[0], site.output_shape)
        arguments = (site.inputs[0], site.output, "&window", site.output_shape[2])
        return f"{{ {window} {c_statement('tp_max_pool', arguments)} }}"
