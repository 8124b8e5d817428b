"""A folder of recordings in CSV files, cut into windows.

Each file is a recording, each row a point in time, and each column a channel. The class comes from
the path of the file or from a column (`label`), and so does the group whose recordings it belongs
to (`group`), such as a person. Whole groups, or whole recordings without groups, go to the training
part or to the test part, because neighbouring windows are alike: by the folders `train` and `test`
if both exist, otherwise at random by `seed`, stratified by class. Missing values are interpolated
as in `gaps`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.gaps import fill_channels
from tinypareto.data.recording_columns import read_rows
from tinypareto.data.recording_files import check_labels, find_files
from tinypareto.data.recording_parts import divide, numbered
from tinypareto.data.recording_windows import Cut, Recording, cut
from tinypareto.data.source import Option, Options, Source

OPTIONS = {
    "window": Option(128, "steps of one case", 1),
    "hop": Option(0, "steps from one window to the next; 0 is half a window"),
    "label": Option("", "column that holds the class; without one, the name of the file's folder"),
    "unlabelled": Option("", "class of rows whose label is empty; left out without one"),
    "group": Option("", "column, or part of path=, that says whose recording it is"),
    "path": Option("", "names for parts of the files' paths, such as {label}/{person}_{n}"),
    "columns": Option("", "columns to read, such as ax,ay,az; without, all that are not the time"),
    "decimal": Option("", "decimal mark, . or a comma; found from the delimiter without one"),
    "test": Option(25, "percent of the recordings in the test part", 1, 99),
    "seed": Option(0, "of the random split", 0, 2**32 - 1),
}


def load(root: Path, options: Options) -> Dataset:
    """Read all recordings in a folder and its subfolders.

    Args:
        root: The folder.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A recording cannot be used, or a class has too few recordings; the message says
            which.
    """
    files, beside = find_files(root, str(options["path"]))
    by_name = not options["label"] and check_labels(root, files)
    rows, clocks = read_rows(files, options)
    channels, counts, recordings = rows[0].columns, Cut(), list[Recording]()
    rows.reverse()
    while rows:
        # The rows of a file are not needed beside their windows.
        recordings += cut(rows.pop(), options, counts)
    train, test = divide(root, recordings, options)
    names = sorted({label for recording in train for label in recording.labels})
    x = [np.concatenate([recording.windows for recording in part]) for part in (train, test)]
    y = [_labels(part, names) for part in (train, test)]
    fill_channels(str(root), *x)
    notes = [_sizes(train, test), *_changes(counts, clocks, beside)]
    if by_name:
        notes.append(f"classes are the names of the files without a number: {', '.join(names)}")
    if not recordings[0].group:
        notes.append(
            "nothing says whose recordings they are: those of one person can be in both parts; "
            "name the person by group="
        )
    sizes = [len(recording.labels) for recording in train]
    held = np.repeat([recording.part == "validation" for recording in train], sizes)
    return checked(
        str(root),
        root.name,
        x[0],
        y[0],
        x[1],
        y[1],
        class_names=names,
        notes=tuple(notes),
        groups=np.repeat(numbered(train), sizes),
        validation=held if held.any() else None,
        channel_names=channels,
    )


def _labels(part: Sequence[Recording], names: Sequence[str]) -> NDArray[np.int64]:
    return np.array([names.index(label) for recording in part for label in recording.labels])


def _sizes(train: Sequence[Recording], test: Sequence[Recording]) -> str:
    windows = [sum(len(r.labels) for r in part) for part in (train, test)]
    files = [len({r.path for r in part}) for part in (train, test)]
    return (
        f"{windows[0]} windows of {files[0]} recordings to train, {windows[1]} of {files[1]} to "
        "test"
    )


def _changes(counts: Cut, clocks: Sequence[str], beside: Sequence[Path]) -> list[str]:
    lines = []
    if counts.missing:
        lines.append(f"{counts.missing} values are missing: interpolated in time")
    if counts.skipped:
        lines.append(
            f"{counts.skipped} stretches of one class are shorter than the window: left out"
        )
    if counts.unlabelled:
        lines.append(
            f"{counts.unlabelled} rows have no class: left out; unlabelled=other makes them one"
        )
    if clocks:
        lines.append(
            f"columns {', '.join(map(repr, clocks))} tell the time (named so or always increasing):"
            " left out; columns= names those to read"
        )
    if beside:
        lines.append(
            f"{len(beside)} files lie beside the folders train and test, such as {beside[0].name}: "
            "left out"
        )
    return lines


SOURCE = Source(
    "a folder of recordings in .csv files, cut into windows",
    lambda request: load(Path(request.what), request.options),
    options=OPTIONS,
    claims=lambda path: path.suffix.lower() == ".csv" or path.is_dir(),
)
