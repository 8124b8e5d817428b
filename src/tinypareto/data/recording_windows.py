"""Recordings cut into windows that each lie within one class and one group."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.gaps import interpolated
from tinypareto.data.recording_columns import Rows
from tinypareto.data.recording_file import RecordingFile
from tinypareto.errors import DataError


@dataclass(frozen=True)
class Recording:
    """The windows of one group in a file, or of a whole file if there are no groups.

    Attributes:
        file: The file.
        group: Name of the group; "" if there are no groups.
        labels: Class of each window.
        values: Values of the file, float32 [channels, rows].
        spans: First row and the row after the last of each window, int64 [n, 2]; a shorter window
            is continued by its last value.
    """

    file: RecordingFile
    group: str
    labels: tuple[str, ...]
    values: NDArray[np.float32]
    spans: NDArray[np.int64]

    def fill(self, out: NDArray[np.float32]) -> None:
        """Write the windows to float32 [n, channels, window]."""
        for window, (start, end) in zip(out, self.spans.tolist(), strict=True):
            window[:, : end - start] = self.values[:, start:end]
            window[:, end - start :] = self.values[:, end - 1 : end]


@dataclass(frozen=True)
class Cutting:
    """Rules by which recordings are cut.

    Attributes:
        window: Rows of a window.
        hop: Rows from one window to the next.
        length: Rows of each recording in a file that holds several in a row; 0 if it holds one.
        pad: Whether a stretch that is shorter than a window becomes one.
        unlabelled: Class of rows whose class is missing; "" leaves them out.
        unknown: Whether rows without a class are kept, as for a prediction.
    """

    window: int
    hop: int
    length: int = 0
    pad: bool = False
    unlabelled: str = ""
    unknown: bool = False


@dataclass
class Cut:
    """Counts of what was changed or left out while cutting.

    Attributes:
        missing: Number of values that were interpolated.
        skipped: Number of stretches that are shorter than the window.
        padded: Number of stretches that were continued by their last value.
        unlabelled: Number of rows without a class that were left out.
        breaks: Number of gaps and restarts of the time.
    """

    missing: int = 0
    skipped: int = 0
    padded: int = 0
    unlabelled: int = 0
    breaks: int = 0


Stretch = tuple[int, int, str, str]
"""First row, row after the last, class, and group."""


def fill_gaps(rows: Rows) -> int:
    """Interpolate missing values in place.

    Returns:
        Their number.
    """
    missing = 0
    for channel in rows.values:
        count = int(np.isnan(channel).sum())
        if count:
            channel[:] = interpolated(channel)
        missing += count
    return missing


def cut(rows: Rows, rules: Cutting, counts: Cut) -> list[Recording]:
    """Cut a file into windows.

    Args:
        rows: The rows of the file.
        rules: How it is cut.
        counts: Receives the counts of this file.

    Raises:
        DataError: The file has no stretch as long as the window.
    """
    stretches = _stretches(rows, rules)
    counts.breaks += len(rows.breaks)
    known = [s for s in stretches if s[2] or rules.unknown]
    counts.unlabelled += sum(b - a for a, b, label, _ in stretches if not label)
    short = [s for s in known if s[1] - s[0] < rules.window]
    counts.padded += len(short) * rules.pad
    counts.skipped += len(short) * (not rules.pad)
    used = known if rules.pad else [s for s in known if s not in short]
    if not used:
        _refuse(rows, known, rules.window)
    # Recordings that follow each other in a file are apart even if they are of one group.
    units: dict[tuple[str, int], list[Stretch]] = {}
    for stretch in used:
        number = stretch[0] // rules.length if rules.length else 0
        units.setdefault((stretch[3], number), []).append(stretch)
    return [_recording(rows, unit, rules) for unit in units.values()]


def _stretches(rows: Rows, rules: Cutting) -> list[Stretch]:
    """Stretches of one class, group and recording, in the order of time."""
    count = rows.values.shape[1]
    if rules.length and count % rules.length:
        raise DataError(
            f"{rows.file.where}: has {count} rows, which are no whole number of recordings of "
            f"length={rules.length}; correct one of them"
        )
    labels, groups = rows.labels.filled(rules.unlabelled), rows.groups
    ends = {0, count, *range(0, count, rules.length or count), *rows.breaks}
    for words in (labels, groups):
        if words.codes.strides != (0,):
            ends |= set((np.flatnonzero(np.diff(words.codes)) + 1).tolist())
    return [
        (a, b, labels.names[labels.codes[a]], groups.names[groups.codes[a]])
        for a, b in pairwise(sorted(ends))
    ]


def _recording(rows: Rows, stretches: Sequence[Stretch], rules: Cutting) -> Recording:
    spans, labels = [], list[str]()
    for start, end, label, _ in stretches:
        starts = np.arange(start, max(start, end - rules.window) + 1, rules.hop)
        spans.append(np.stack([starts, np.minimum(starts + rules.window, end)], axis=1))
        labels += [label] * len(starts)
    return Recording(rows.file, stretches[0][3], tuple(labels), rows.values, np.concatenate(spans))


def _refuse(rows: Rows, known: Sequence[Stretch], window: int) -> None:
    if not known:
        raise DataError(
            f"{rows.file.where}: none of its rows has a class; fill in the column, remove the "
            "recording, or make them a class by unlabelled=other"
        )
    longest = max(b - a for a, b, *_ in known)
    raise DataError(
        f"{rows.file.where}: its longest stretch of one class has {longest} steps, the window "
        f"{window}; choose a shorter window, continue it by short=pad, or remove the recording"
    )
