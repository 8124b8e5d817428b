"""Post-training calibration: the ranges of activations, and bias corrections."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.frontend.trace import trace
from tinypareto.graph.lower import lower
from tinypareto.graph.requantize import Quant, affine
from tinypareto.quantize.correct import Biases, corrections
from tinypareto.quantize.observe import BATCH, Observed, observe
from tinypareto.quantize.ranges import Ranges, least_squares

CASES = 256
"""Number of calibration cases, evenly spread over the data."""


@dataclass(frozen=True)
class Calibration:
    """Everything besides the weights that turns a float network into an integer one.

    Attributes:
        ranges: (lowest, highest) real value that int8 represents, for the input and every node.
        biases: Correction added to the bias of each filter, by node.
    """

    ranges: Ranges
    biases: Biases


def calibrate(module: nn.Module, x: NDArray[np.float32]) -> Calibration:
    """Find ranges of least squared error, and bias corrections that preserve the means.

    Args:
        module: A trained network that `trace` accepts.
        x: Normalized training cases, float32 [n, channels, ...], n >= 1.

    Raises:
        DivergedError: A tensor or a weight is not finite.
    """
    cases = chosen(x)
    graph = lower(*trace(module, x.shape[1:]), x.shape[1:])
    observed = observe(module, cases, graph.shapes())
    ranges = {name: least_squares(values) for name, values in observed.items()}
    means = {name: values.means for name, values in observed.items()}
    return Calibration(ranges, corrections(graph, ranges, cases[:BATCH], means))


def input_quant(x: NDArray[np.float32]) -> Quant:
    """The quantization of the input that `calibrate` leads to, which depends on the cases alone.

    Args:
        x: Normalized training cases, float32 [n, channels, ...], n >= 1.
    """
    seen = Observed()
    for batch in torch.split(torch.from_numpy(chosen(x)), BATCH):
        seen.add(batch)
    return affine(*least_squares(seen))


def chosen(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Choose the calibration cases, evenly spread over the data.

    Their order spreads the first `BATCH` cases over the data too, because the bias corrections use
    only these: picks 0, step, 2 * step, ... come first, then 1, 1 + step, ...
    """
    picks = np.linspace(0, len(x) - 1, min(CASES, len(x))).astype(np.int64)
    step = -(-len(picks) // BATCH)
    cases: NDArray[np.float32] = x[np.concatenate([picks[start::step] for start in range(step)])]
    return cases
