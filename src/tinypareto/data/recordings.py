"""A folder of recordings in CSV files, cut into windows.

Each file is one recording, each row a point in time, and each column a channel. The class is the
name of the file's folder or is given in a column (`label`). A window lies within one class. Whole
recordings go to the training part or to the test part, because neighbouring windows are alike: by
the folders `train` and `test` if both exist, otherwise at random by `seed`, stratified by class.
Missing values are interpolated as in `gaps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.csv_table import Table, read_table
from tinypareto.data.dataset import Dataset
from tinypareto.data.gaps import fill_channels, interpolated
from tinypareto.data.recording_split import split
from tinypareto.data.source import Option, Options, Source
from tinypareto.errors import DataError

OPTIONS = {
    "window": Option(128, "steps of one case", 1),
    "hop": Option(0, "steps from one window to the next; 0 is half a window"),
    "label": Option("", "column that holds the class; without one, the name of the file's folder"),
    "columns": Option("", "columns to read, such as ax,ay,az; all but the label without"),
    "test": Option(25, "percent of the recordings in the test part", 1, 99),
    "seed": Option(0, "of the random split", 0, 2**32 - 1),
}


@dataclass(frozen=True)
class Recording:
    """A file cut into windows.

    Attributes:
        path: Path of the file.
        windows: Windows, float32 [n, channels, window].
        labels: Class of each window.
        missing: Number of values that were interpolated.
        skipped: Number of stretches of one class that are shorter than the window.
    """

    path: Path
    windows: NDArray[np.float32]
    labels: tuple[str, ...]
    missing: int
    skipped: int


def load(root: Path, options: Options) -> Dataset:
    """Read all recordings in a folder and its subfolders.

    Args:
        root: The folder.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A recording cannot be used, or a class has too few recordings; the message says
            which.
    """
    if not root.is_dir():
        raise DataError(f"{root}: wanted a folder of recordings; give the folder it is in")
    files = sorted(root.rglob("*.csv"))
    if not files:
        raise DataError(
            f"{root}: has no .csv files in it; see tinypareto datasets for what is read"
        )
    tables = [read_table(file) for file in files]
    columns = _columns(tables, options)
    recordings = [_recording(table, columns, options) for table in tables]
    train, test = _parts(root, recordings, options)
    names = sorted({label for recording in train for label in recording.labels})
    x = [np.concatenate([recording.windows for recording in part]) for part in (train, test)]
    y = [_numbered(part, names) for part in (train, test)]
    fill_channels(str(root), *x)
    notes = _notes(recordings, train, test)
    sizes = [len(recording.labels) for recording in train]
    groups = np.repeat(np.arange(len(train)), sizes)
    return checked(
        str(root), root.name, x[0], y[0], x[1], y[1], class_names=names, notes=notes, groups=groups
    )


def _columns(tables: Sequence[Table], options: Options) -> list[str]:
    first = tables[0]
    for table in tables:
        if table.columns != first.columns:
            raise DataError(
                f"{table.path}: has columns {', '.join(table.columns)}, {first.path} has "
                f"{', '.join(first.columns)}; give all recordings the same"
            )
    wanted = [name.strip() for name in str(options["columns"]).split(",") if name.strip()]
    chosen = wanted or [name for name in first.columns if name != options["label"]]
    for name in [*chosen, *([str(options["label"])] if options["label"] else [])]:
        first.column(name)
    return chosen


def _recording(table: Table, columns: Sequence[str], options: Options) -> Recording:
    values = table.numbers([table.column(name) for name in columns])
    missing = int(np.isnan(values).sum())
    values = np.stack([interpolated(channel) for channel in values])
    window = int(options["window"])
    hop = int(options["hop"]) or max(1, window // 2)
    runs = _runs(table, str(options["label"]))
    cut = [(values[:, a:b], label) for a, b, label in runs if b - a >= window]
    if not cut:
        longest = max(b - a for a, b, _ in runs)
        raise DataError(
            f"{table.path}: its longest stretch of one class has {longest} steps, the window "
            f"{window}; choose a shorter window or remove the recording"
        )
    windows, labels = [], []
    for stretch, label in cut:
        views = np.lib.stride_tricks.sliding_window_view(stretch, window, axis=1)[:, ::hop]
        windows.append(np.moveaxis(views, 1, 0))
        labels += [label] * views.shape[1]
    return Recording(
        table.path, np.concatenate(windows), tuple(labels), missing, len(runs) - len(cut)
    )


def _runs(table: Table, column: str) -> list[tuple[int, int, str]]:
    """Find the stretches of one class: first row, row after the last, and class."""
    count = len(table.rows)
    if not column:
        return [(0, count, table.path.parent.name)]
    index = table.column(column)
    names = [row[index] for row in table.rows]
    starts = [0, *(i for i in range(1, count) if names[i] != names[i - 1])]
    return [(a, b, names[a]) for a, b in zip(starts, [*starts[1:], count], strict=True)]


def _parts(
    root: Path, recordings: Sequence[Recording], options: Options
) -> tuple[list[Recording], list[Recording]]:
    if (root / "train").is_dir() and (root / "test").is_dir():
        train, test = (
            [r for r in recordings if r.path.is_relative_to(root / part)]
            for part in ("train", "test")
        )
    else:
        held = split([r.labels for r in recordings], int(options["test"]), int(options["seed"]))
        train = [r for i, r in enumerate(recordings) if i not in held]
        test = [r for i, r in enumerate(recordings) if i in held]
    _check_parts(root, train, test)
    return train, test


def _check_parts(root: Path, train: Sequence[Recording], test: Sequence[Recording]) -> None:
    """Refuse a class that does not occur in both parts."""
    learnt, tested = ({label for r in part for label in r.labels} for part in (train, test))
    for label in sorted(learnt ^ tested):
        count = sum(label in r.labels for r in [*train, *test])
        raise DataError(
            f"{root}: class {label!r} has {count} recording{'s' * (count > 1)}, all in the "
            f"{'training' if label in learnt else 'test'} part; whole recordings are tested, "
            "because windows of one are alike: record it once more or remove it"
        )


def _numbered(part: Sequence[Recording], names: Sequence[str]) -> NDArray[np.int64]:
    return np.array([names.index(label) for recording in part for label in recording.labels])


def _notes(
    recordings: Sequence[Recording], train: Sequence[Recording], test: Sequence[Recording]
) -> tuple[str, ...]:
    windows = [sum(len(r.labels) for r in part) for part in (train, test)]
    lines = [
        f"{windows[0]} windows of {len(train)} recordings to train, {windows[1]} of {len(test)} "
        "to test"
    ]
    if missing := sum(recording.missing for recording in recordings):
        lines.append(f"{missing} values are missing: interpolated in time")
    if skipped := sum(recording.skipped for recording in recordings):
        lines.append(f"{skipped} stretches of one class are shorter than the window: left out")
    return tuple(lines)


SOURCE = Source(
    "a folder of recordings in .csv files, cut into windows",
    lambda request: load(Path(request.what), request.options),
    options=OPTIONS,
    claims=lambda path: path.suffix.lower() == ".csv" or path.is_dir(),
)
