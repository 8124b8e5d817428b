"""Missing values and unequal lengths: one policy for all sources of series.

A missing value is interpolated linearly between its neighbours in time; before the first and after
the last known value, it takes that value. A channel without any known value in a case takes the
channel's mean over the training cases. A series that is shorter than the longest one in the
training part is padded with its last value. A longer one, which only the test part can have, is cut
at its end.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError

LARGEST_BYTES = 2**30
LARGEST_GROWTH = 8
"""Factor by which padding may enlarge series that take more than `LARGEST_BYTES` with it."""

Floats = NDArray[np.float32]
Case = Sequence[Floats]
"""One case: values [length] of each channel; NaN marks a missing value."""


def interpolated(values: Floats) -> Floats:
    """Interpolate the missing ones of values [length], unless none or all of them are missing."""
    missing = np.isnan(values)
    if not missing.any() or missing.all():
        return values
    steps = np.arange(len(values))
    return np.interp(steps, steps[~missing], values[~missing]).astype(np.float32)


def check_padding(location: str, cases: Sequence[Case], length: int) -> None:
    """Refuse series of which one is so long that the others would mostly be padding.

    Args:
        location: Name of the data in the message.
        cases: Cases with equally many channels.
        length: Length to which they would be padded.

    Raises:
        DataError: They would take over `LARGEST_BYTES`, and mostly of padding.
    """
    padded = len(cases) * len(cases[0]) * length * 4
    known = sum(len(values) for case in cases for values in case) * 4
    if padded > max(LARGEST_BYTES, LARGEST_GROWTH * known):
        raise DataError(
            f"{location}: the longest series has {length} steps; padding all {len(cases)} cases to "
            f"it takes {padded / 1e9:.1f} GB for {known / 1e9:.3f} GB of values; cut or remove it"
        )


def stacked(cases: Sequence[Case], length: int) -> Floats:
    """Interpolate cases, and pad or cut them to one length.

    Args:
        cases: Cases with equally many channels.
        length: Length of the result, at least 1.

    Returns:
        float32 [n, channels, length]; NaN only where a whole channel is missing.
    """
    x = np.full((len(cases), len(cases[0]), length), np.nan, np.float32)
    for case, row in zip(cases, x, strict=True):
        for values, channel in zip(case, row, strict=True):
            if len(values):
                known = interpolated(values)[:length]
                channel[: len(known)], channel[len(known) :] = known, known[-1]
    return x


def fill_channels(location: str, train: Floats, *others: Floats) -> None:
    """Replace missing channels by the channel's mean over the training cases, in place.

    Args:
        location: Name of the data in error messages.
        train: Training cases, float32 [n, channels, length].
        *others: Other cases to fill, such as the test cases.

    Raises:
        DataError: A channel has no known value in the training part.
    """
    for channel in range(train.shape[1]):
        gaps = [np.isnan(x[:, channel]) for x in (train, *others)]
        if gaps[0].all():
            raise DataError(f"{location}: channel {channel} has no known value; leave it out")
        if any(missing.any() for missing in gaps):
            known = train[:, channel][~gaps[0]]
            mean = np.float32(known.mean(dtype=np.float64))
            for x, missing in zip((train, *others), gaps, strict=True):
                x[:, channel][missing] = mean


def notes(cases: Sequence[Case], length: int) -> tuple[str, ...]:
    """Describe what `stacked` changes in the cases, one line for each kind of change."""
    missing = sum(int(np.isnan(values).sum()) for case in cases for values in case)
    lengths = [len(values) for case in cases for values in case]
    short, long = sum(n < length for n in lengths), sum(n > length for n in lengths)
    lines = []
    if missing:
        lines.append(f"{missing} of {sum(lengths)} values are missing: interpolated in time")
    if short:
        lines.append(
            f"{short} of {len(lengths)} channels are shorter than {length} steps (the shortest "
            f"{min(lengths)}): continued by their last value"
        )
    if long:
        lines.append(
            f"{long} of {len(lengths)} channels are longer than {length} steps, the longest of the "
            "training part: cut at their end"
        )
    return tuple(lines)
