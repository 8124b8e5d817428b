"""Recordings cut into windows that each lie within one class and one group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.gaps import interpolated
from tinypareto.data.recording_columns import Rows
from tinypareto.data.source import Options
from tinypareto.errors import DataError


@dataclass(frozen=True)
class Recording:
    """The windows of one group in a file, or of a whole file if there are no groups.

    Attributes:
        path: Path of the file.
        part: "train", "validation" or "test"; "" if no folder says it.
        group: Name of the group; "" if there are no groups.
        windows: Windows, float32 [n, channels, window].
        labels: Class of each window.
    """

    path: Path
    part: str
    group: str
    windows: NDArray[np.float32]
    labels: tuple[str, ...]


@dataclass
class Cut:
    """Counts of what was changed or left out while cutting.

    Attributes:
        missing: Number of values that were interpolated.
        skipped: Number of stretches that are shorter than the window.
        unlabelled: Number of rows without a class that were left out.
    """

    missing: int = 0
    skipped: int = 0
    unlabelled: int = 0


Stretch = tuple[int, int, str, str]
"""First row, row after the last, class, and group."""


def cut(rows: Rows, options: Options, counts: Cut) -> list[Recording]:
    """Cut a file into windows.

    Args:
        rows: The rows of the file.
        options: Values of `window`, `hop` and `unlabelled`.
        counts: Receives the counts of this file.

    Raises:
        DataError: The file has no stretch as long as the window.
    """
    window = int(options["window"])
    hop = int(options["hop"]) or max(1, window // 2)
    counts.missing += int(np.isnan(rows.values).sum())
    values = np.stack([interpolated(channel) for channel in rows.values])
    other = str(options["unlabelled"])
    stretches = list(_stretches((label or other for label in rows.labels), rows.groups))
    known = [stretch for stretch in stretches if stretch[2]]
    counts.unlabelled += sum(b - a for a, b, label, _ in stretches if not label)
    long = [stretch for stretch in known if stretch[1] - stretch[0] >= window]
    counts.skipped += len(known) - len(long)
    if not long:
        _refuse(rows, known, window)
    groups = dict.fromkeys(group for *_, group in long)
    return [_recording(rows, values, [s for s in long if s[3] == g], window, hop) for g in groups]


def _stretches(labels: Iterable[str], groups: Iterable[str]) -> Iterator[Stretch]:
    """Stretches of one class and group, in the order of time."""
    start = 0
    for (label, group), rows in groupby(zip(labels, groups, strict=True)):
        end = start + sum(1 for _ in rows)
        yield start, end, label, group
        start = end


def _recording(
    rows: Rows, values: NDArray[np.float32], stretches: Sequence[Stretch], window: int, hop: int
) -> Recording:
    windows, labels = [], list[str]()
    for start, end, label, _ in stretches:
        stretch = values[:, start:end]
        views = np.lib.stride_tricks.sliding_window_view(stretch, window, axis=1)[:, ::hop]
        windows.append(np.moveaxis(views, 1, 0))
        labels += [label] * views.shape[1]
    group = stretches[0][3]
    file = rows.file
    return Recording(file.path, file.part, group, np.concatenate(windows), tuple(labels))


def _refuse(rows: Rows, known: Sequence[Stretch], window: int) -> None:
    if not known:
        raise DataError(
            f"{rows.file.path}: none of its rows has a class; fill in the column, remove the "
            "recording, or make them a class by unlabelled=other"
        )
    longest = max(b - a for a, b, *_ in known)
    raise DataError(
        f"{rows.file.path}: its longest stretch of one class has {longest} steps, the window "
        f"{window}; choose a shorter window or remove the recording"
    )
