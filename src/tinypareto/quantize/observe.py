"""The ranges of activations, observed on data: the calibration of post-training quantization."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.nets.trace import activations

CASES = 256
"""Cases that are looked at, evenly spread over the data."""
BATCH = 32

Ranges = dict[str, tuple[float, float]]


def observe(module: nn.Module, x: NDArray[np.float32]) -> Ranges:
    """Lowest and highest value of the input and of every call.

    Args:
        module: A trained network that `trace` accepts.
        x: Normalised training cases, [n, channels, ...], n >= 1.

    Returns:
        (lowest, highest) under the names that `trace` gives.
    """
    chosen = np.linspace(0, len(x) - 1, min(CASES, len(x))).astype(np.int64)
    ranges: Ranges = {}
    for results in activations(module, torch.split(torch.from_numpy(x[chosen]), BATCH)):
        for name, values in results.items():
            low, high = (float(bound) for bound in values.aminmax())
            seen = ranges.get(name, (low, high))
            ranges[name] = min(low, seen[0]), max(high, seen[1])
    return ranges
