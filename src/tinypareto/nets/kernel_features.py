"""Candidates for features of random convolutional kernels, drawn and computed on integers.

As in MiniRocket (Dempster 2021, Section 3.1), dilations are spread on a logarithmic scale, sets of
channels are random, and thresholds are quantiles of results on a random training case.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.ops.dilated_kernels import (
    KERNELS,
    MOST_CHANNELS,
    TAPS,
    convolved,
    edge,
    summed,
    tap_sums,
)
from tinypareto.graph.ops.kernel_counts import HALVINGS
from tinypareto.graph.ops.random_kernels import UNIT, RandomKernels
from tinypareto.graph.requantize import Quant
from tinypareto.nets.random_kernels import gain_of

Ints = NDArray[np.int64]

GOLDEN = (5**0.5 + 1) / 2
"""Multiples of it, without their whole parts, spread evenly over [0, 1]: the quantiles."""

STEPS_OF_DEVIATION = 1 / UNIT.scale
"""Steps of int8 that stand for one standard deviation of a feature."""

AT_ONCE = 2**16
"""Values of a series, over all cases, that fit into the cache."""


def dilations(length: int, count: int) -> Ints:
    """Up to `count` different dilations, whose kernels fit into a series of this length.

    Args:
        length: Positions of the series.
        count: Most dilations, at least 1.
    """
    largest = max((length - 1) / (TAPS - 1), 1.0)
    spread = 2.0 ** np.linspace(0, np.log2(largest), count)
    # A power of two of a logarithm may be below the whole number that it stands for.
    return np.unique(np.floor(spread + 1e-9).astype(np.int64))


def channel_sets(channels: int, signals: int) -> int:
    """Different sets of channels to draw for a dilation, at most `signals`."""
    return min(signals, (1 << channels) - 1)


@dataclass(frozen=True)
class KernelFeatures:
    """Features of random kernels, those of a group next to each other.

    Attributes:
        kernel: Row of `KERNELS`, [features].
        dilation: Distance between taps, [features].
        padded: Whether zeros beyond the ends belong to the series, bool [features].
        channels: Whether a channel belongs to the sum, bool [features, channels].
        threshold: Integer that results must reach to count, [features].
        mean: Integer that is subtracted from the count, [features].
        doublings: How often the difference is doubled before it is halved, [features].
    """

    kernel: Ints
    dilation: Ints
    padded: NDArray[np.bool_]
    channels: NDArray[np.bool_]
    threshold: Ints
    mean: Ints
    doublings: Ints

    def __len__(self) -> int:
        return len(self.kernel)

    def take(self, rows: Ints) -> "KernelFeatures":
        """Choose features, in their order."""
        return KernelFeatures(**{name: values[rows] for name, values in vars(self).items()})

    def buffers(self, quant: Quant) -> dict[str, NDArray[Any]]:
        """Buffers of the torch layer.

        Args:
            quant: Quantization of the input.
        """
        same = {name: getattr(self, name) for name in ("kernel", "dilation", "padded", "channels")}
        # Half a step below, so that rounding to float32 changes nothing.
        thresholds = (self.threshold - 0.5) * quant.scale
        return same | {
            "threshold": thresholds,
            "mean": self.mean,
            "gain": gain_of(self.doublings),
        }

    def counts(self, x: NDArray[np.int8], zero_point: int) -> NDArray[np.int16]:
        """Counts of int8 cases [n, positions, channels]: int16 [n, features]."""
        op = RandomKernels(len(self), len(self), int(self.dilation.max()))
        constants, scalars = op.quantize(
            self.buffers(Quant(1.0, zero_point)), [Quant(1.0, zero_point)], UNIT
        )
        step = max(1, AT_ONCE // x.shape[1])
        parts = [x[start : start + step] for start in range(0, len(x), step)]
        return np.concatenate([op.counts(constants, scalars, part) for part in parts])

    def standardized(self, counts: NDArray[np.int16]) -> "KernelFeatures":
        """The features with mean and gain of their counts on training cases."""
        deviation = np.maximum(counts.std(axis=0, dtype=np.float64), 1e-3)
        return self.scaled(counts.mean(axis=0, dtype=np.float64), deviation)

    def scaled(self, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> "KernelFeatures":
        """The features for counts with these means and deviations, which are not 0."""
        doublings = np.rint(np.log2(STEPS_OF_DEVIATION / deviation)) + HALVINGS
        return replace(
            self,
            mean=np.rint(mean).astype(np.int64),
            doublings=np.clip(doublings, 0, 15).astype(np.int64),
        )


def draw(
    channels: int, every_dilation: Ints, sets: int, count: int, rng: np.random.Generator
) -> KernelFeatures:
    """Draw features whose thresholds are 0.

    Args:
        channels: Channels of the input.
        every_dilation: Dilations.
        sets: Sets of channels for each dilation.
        count: Number of features; more than all kernels of all groups have several thresholds.
        rng: Source of the random choices.
    """
    pairs = np.arange(len(every_dilation) * sets * len(KERNELS))
    whole, rest = divmod(count, len(pairs))
    numbers = np.full(len(pairs), whole)
    numbers[rng.choice(len(pairs), rest, replace=False)] += 1
    group, kernel = np.divmod(np.repeat(pairs, numbers), len(KERNELS))
    place = group // sets
    return KernelFeatures(
        kernel=kernel,
        dilation=every_dilation[place],
        # Half of the kernels of each dilation, as in MiniRocket.
        padded=(kernel + place) % 2 == 0,
        channels=_channels(channels, len(every_dilation), sets, rng)[group],
        threshold=np.zeros(count, np.int64),
        mean=np.zeros(count, np.int64),
        doublings=np.full(count, HALVINGS),
    )


def _channels(channels: int, places: int, sets: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Different random sets of channels for each dilation, bool [places * sets, channels].

    Their sizes are spread on a logarithmic scale, as in MiniRocket.
    """
    most, drawn = min(channels, MOST_CHANNELS), np.zeros((places * sets, channels), np.bool_)
    for place in range(places):
        known: set[bytes] = set()
        while len(known) < sets:
            size = int(2 ** rng.uniform(0, np.log2(most + 1)))
            members = np.isin(np.arange(channels), rng.choice(channels, size, replace=False))
            if members.tobytes() not in known:
                drawn[place * sets + len(known)] = members
                known.add(members.tobytes())
    return drawn


def with_thresholds(
    features: KernelFeatures, x: NDArray[np.int8], zero_point: int, rng: np.random.Generator
) -> KernelFeatures:
    """Features whose thresholds are quantiles of results on training cases.

    Args:
        features: Features that `draw` made; those with one kernel and group share a case.
        x: Training cases, int8 [n, positions, channels].
        zero_point: The input that stands for real 0.
        rng: Source of the random choices.
    """
    quantiles = (np.arange(1, len(features) + 1) * GOLDEN) % 1
    thresholds, length = np.zeros(len(features), np.int64), x.shape[1]
    keys = np.column_stack([features.kernel, features.dilation, features.channels])
    starts = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1)))
    for start, end in zip(starts, np.append(starts[1:], len(keys)), strict=True):
        case, dilation = int(rng.integers(len(x))), int(features.dilation[start])
        series = summed(x[case : case + 1], features.channels[start], zero_point, dilation)
        kernel = KERNELS[features.kernel[start]]
        values = convolved(series, tap_sums(series, dilation), kernel, dilation)[:, 0]
        margin = edge(length, dilation, bool(features.padded[start]))
        inside = values[margin : length - margin]
        # Results above the quantile count, and integers above it are at least one more than its
        # whole part.
        thresholds[start:end] = np.floor(np.quantile(inside, quantiles[start:end])) + 1
    return replace(features, threshold=thresholds)
