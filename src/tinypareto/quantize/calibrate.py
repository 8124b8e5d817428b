"""Post-training calibration: what int8 needs to know besides the weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from tinypareto.frontend.trace import trace
from tinypareto.graph.lower import lower
from tinypareto.quantize.correct import Biases, corrections
from tinypareto.quantize.observe import BATCH, observe
from tinypareto.quantize.ranges import Ranges, least_squares

CASES = 256
"""Cases that are looked at, evenly spread over the data."""


@dataclass(frozen=True)
class Calibration:
    """How a float network becomes an integer one.

    Attributes:
        ranges: (lowest, highest) real value that int8 holds, for the input and every node.
        biases: Added to the bias of each filter, by node.
    """

    ranges: Ranges
    biases: Biases


def calibrate(module: nn.Module, x: NDArray[np.float32]) -> Calibration:
    """Ranges of least squared error, and biases that keep the means.

    Args:
        module: A trained network that `trace` accepts.
        x: Normalised training cases, [n, channels, ...], n >= 1.

    Raises:
        DivergedError: A tensor or a weight is not finite.
    """
    cases = chosen(x)
    graph = lower(*trace(module, x.shape[1:]), x.shape[1:])
    seen = observe(module, cases, graph.shapes())
    ranges = {name: least_squares(values) for name, values in seen.items()}
    means = {name: values.means for name, values in seen.items()}
    return Calibration(ranges, corrections(graph, ranges, cases[:BATCH], means))


def chosen(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cases that are looked at, in an order that spreads the first BATCH over the data too."""
    picks = np.linspace(0, len(x) - 1, min(CASES, len(x))).astype(np.int64)
    step = -(-len(picks) // BATCH)
    cases: NDArray[np.float32] = x[np.concatenate([picks[at::step] for at in range(step)])]
    return cases
