"""Convolutions of series with the 84 kernels of MiniRocket, on 16-bit integers.

A kernel has nine taps, three of weight 2 and six of weight -1 (Dempster 2021, "MiniRocket", Section
3.1). With S the sum of all nine taps, its result is 3 (a + b + c) - S for the taps a, b, c of
weight 2. S is the same for all kernels of a dilation, so no result needs a product.

Series are [positions, n]: one column a case, so that a shifted series is one piece of memory.
"""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.int16]

TAPS = 9
KERNELS = np.array(list(combinations(range(TAPS), 3)))
"""Numbers of the three taps of weight 2, by kernel: int64 [84, 3]."""

MOST_CHANNELS = 9
"""Most channels of a sum: with int8 inputs all results and their parts then are int16. MiniRocket
draws as many."""


def summed(x: NDArray[np.int8], channels: NDArray[Any], zero_point: int, dilation: int) -> Series:
    """Sum channels, with zeros at both ends, so that every tap of every position exists.

    Args:
        x: Inputs, int8 [n, positions, channels].
        channels: Whether a channel belongs to the sum, bool [channels], at most `MOST_CHANNELS`.
        zero_point: The input that stands for real 0.
        dilation: Distance between taps.

    Returns:
        int16 [positions + 8 * dilation, n]; `convolved` reads it.
    """
    n, length, _ = x.shape
    series = np.zeros((length + (TAPS - 1) * dilation, n), np.int16)
    inside = series[TAPS // 2 * dilation :][:length]
    for channel in np.flatnonzero(channels):
        inside += x[:, :, channel].T
        inside -= np.int16(zero_point)
    return series


def tap_sums(series: Series, dilation: int) -> Series:
    """Sum all nine taps of every position: int16 [positions, n]."""
    length = len(series) - (TAPS - 1) * dilation
    sums = np.zeros((length, series.shape[1]), np.int16)
    for tap in range(TAPS):
        sums += series[tap * dilation :][:length]
    return sums


def convolved(series: Series, sums: Series, kernel: NDArray[np.int64], dilation: int) -> Series:
    """Convolve with one kernel.

    Args:
        series: Result of `summed`.
        sums: Result of `tap_sums`.
        kernel: A row of `KERNELS`.
        dilation: Distance between taps.

    Returns:
        int16 [positions, n].
    """
    length = len(sums)
    first, second, third = (series[tap * dilation :][:length] for tap in kernel.tolist())
    result = first + second
    result += third
    result *= np.int16(3)
    result -= sums
    return result


def edge(length: int, dilation: int, padded: bool) -> int:
    """Positions at each end that are left out, where a tap lies beyond the series.

    Args:
        length: Positions of the series.
        dilation: Distance between taps.
        padded: Whether zeros beyond the ends count as part of the series, as they do in any case
            where the series is shorter than the kernel.
    """
    half = TAPS // 2 * dilation
    return 0 if padded or length <= 2 * half else half


def count_reaching(values: Series, threshold: int) -> NDArray[np.int16]:
    """Count the positions whose value is at least the threshold: int16 [n].

    Sums of bytes are many times faster than a sum of booleans; 255 of them cannot overflow.
    """
    reached = (values >= np.int16(threshold)).view(np.uint8)
    counts = np.zeros(values.shape[1], np.int16)
    for start in range(0, len(values), 255):
        counts += reached[start : start + 255].sum(axis=0, dtype=np.uint8)
    return counts
