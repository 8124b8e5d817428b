"""Counts of results above thresholds, and their standardization, as the C kernel computes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.ops.dilated_kernels import (
    Series,
    convolved,
    count_reaching,
    edge,
    summed,
    tap_sums,
)
from tinypareto.graph.requantize import saturate

Arrays = Mapping[str, NDArray[Any]]

HALVINGS = 8
"""A count is doubled up to 15 times, then halved this often."""


def group_counts(constants: Arrays, zero_point: int, x: NDArray[np.int8]) -> NDArray[np.int16]:
    """Count the positions that reach the thresholds: int16 [n, features].

    Args:
        constants: Arrays of `RandomKernels.quantize`.
        zero_point: The input that stands for real 0.
        x: Inputs, int8 [n, positions, channels].
    """
    bits = constants["channels"].view(np.uint8)
    members = np.unpackbits(bits, axis=1, count=x.shape[2], bitorder="little")
    counts, feature = np.zeros((len(constants["taps"]), len(x)), np.int16), 0
    for group, size in enumerate(constants["size"].tolist()):
        end, dilation = feature + size, int(constants["dilation"][group])
        if size:
            series = summed(x, members[group], zero_point, dilation)
            _count_group(series, dilation, constants, range(feature, end), counts)
        feature = end
    return np.ascontiguousarray(counts.T)


def standardized(
    counts: NDArray[np.int16], mean: NDArray[Any], doublings: NDArray[Any]
) -> NDArray[np.int8]:
    """Subtract means, scale by powers of two and round to int8, as the kernel does.

    Args:
        counts: Counts [n, features].
        mean: Counts to subtract, [features].
        doublings: How often a difference is doubled before it is halved `HALVINGS` times, 0 to 15.
    """
    steps = (counts - mean.astype(np.int64)) << doublings.astype(np.int64)
    return saturate((steps + 2 ** (HALVINGS - 1)) >> HALVINGS, 0)


def _count_group(
    series: Series,
    dilation: int,
    constants: Arrays,
    features: range,
    counts: NDArray[np.int16],
) -> None:
    """Write the counts of one group's features, all of which read one sum of channels."""
    sums = tap_sums(series, dilation)
    for feature in features:
        code = int(constants["taps"][feature])
        kernel = np.array([code & 15, code >> 4 & 15, code >> 8 & 15])
        margin = edge(len(sums), dilation, bool(code >> 12))
        values = convolved(series, sums, kernel, dilation)[margin : len(sums) - margin]
        counts[feature] = count_reaching(values, int(constants["threshold"][feature]))
