"""A folder of recordings, cut into windows.

Each file is a recording, each row a point in time, and each column a channel. The class comes from
the path of the file or from a column (`label`), and so does the group whose recordings it belongs
to (`group`), such as a person. Whole groups, or whole recordings without groups, go to the training
part or to the test part, because neighbouring windows are alike: by the folders `train` and `test`
if both exist, otherwise at random by `seed`, stratified by class. Missing values are interpolated
as in `gaps`.
"""

from pathlib import Path

from tinypareto.data.dataset import Dataset
from tinypareto.data.formats import FILES
from tinypareto.data.formats.npz import members
from tinypareto.data.gaps import fill_channels
from tinypareto.data.recording_dataset import assembled, joined
from tinypareto.data.recording_files import Found, check_labels, find_files
from tinypareto.data.recording_reading import read
from tinypareto.data.source import Cases, Option, Options, Source
from tinypareto.data.summary import listed
from tinypareto.errors import DataError

OPTIONS = {
    "window": Option(128, "length of one case in steps, or in time, such as 2s", 1, duration=True),
    "hop": Option(
        0, "steps or time from one window to the next; 0 is half a window", duration=True
    ),
    "rate": Option("", "samples per second, such as 50; recordings of other rates are resampled"),
    "short": Option("", "pad continues recordings that are shorter than a window"),
    "length": Option(0, "rows of each recording, if a file holds several in a row"),
    "label": Option("", "column that holds the class; without one, the name of the file's folder"),
    "unlabelled": Option("", "class of rows whose label is empty; left out without one"),
    "group": Option("", "column, or part of path=, that says whose recording it is"),
    "path": Option("", "names for parts of the files' paths, such as {label}/{person}_{n}"),
    "columns": Option("", "columns to read, such as ax,ay,az; without, all that are not the time"),
    "format": Option("", "ending of the files to read, such as wav; without, the most frequent"),
    "decimal": Option("", "decimal mark, . or a comma; found from the delimiter without one"),
    "test": Option(25, "percent of the recordings in the test part", 1, 99),
    "seed": Option(0, "of the random split", 0, 2**32 - 1),
}


def load(root: Path, options: Options) -> Dataset:
    """Read all recordings in a folder and its subfolders, or in one file.

    Args:
        root: The folder or file.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A recording cannot be used, or a class has too few recordings; the message says
            which.
    """
    found = found_in(root, options)
    if root.is_file() and len(found.files) == 1 and not options["label"]:
        raise DataError(
            f"{root}: is a single recording; give the folder of all, or columns that hold the "
            "class and the person by label= and group="
        )
    name = root.stem if root.is_file() else root.name
    return from_files(str(root), name, found, options)


def found_in(root: Path, options: Options) -> Found:
    """Find the recordings in a folder or file.

    Raises:
        DataError: There is none.
    """
    ending = str(options["format"]).lower().lstrip(".")
    return find_files(root, str(options["path"]), ending and f".{ending}")


def from_files(where: str, name: str, found: Found, options: Options) -> Dataset:
    """Read recordings and divide them.

    Args:
        where: Origin of the recordings, for messages.
        name: Name of the data set.
        found: The recordings.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A recording cannot be used, or a class has too few recordings.
    """
    by_name = not options["label"] and check_labels(found.files)
    windows = read(found.files, options)
    recordings, shape = windows.recordings, (len(windows.columns), windows.length)
    notes = [*windows.notes, *_left_out(found)]
    if by_name:
        names = sorted({label for recording in recordings for label in recording.labels})
        notes.append(f"classes are the names of the files without a number: {listed(names)}")
    if not recordings[0].group:
        notes.append(
            "nothing says whose recordings they are: those of one person can be in both parts; "
            "name the person by group="
        )
    return assembled(
        where,
        name,
        recordings,
        shape,
        options,
        notes,
        channel_names=windows.columns,
        rate=windows.rate,
    )


def cases(root: Path, options: Options) -> Cases:
    """Read the windows of recordings whose classes need not be known.

    Args:
        root: The folder or file.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A recording cannot be used.
    """
    try:
        found = found_in(root, options)
    except DataError:
        # New recordings need not be named like those of the search.
        found = found_in(root, {**options, "path": ""})
    windows = read(found.files, options, unknown=True)
    recordings, shape = windows.recordings, (len(windows.columns), windows.length)
    x = joined(recordings, shape)
    fill_channels(str(root), x)
    return Cases(
        x,
        [label for recording in recordings for label in recording.labels],
        [str(r.file.inner) for r in recordings for _ in r.labels],
        [int(row) for recording in recordings for row in recording.spans[:, 0]],
        (*windows.notes, *_left_out(found)),
    )


def _left_out(found: Found) -> list[str]:
    lines = []
    if found.beside:
        lines.append(
            f"{len(found.beside)} files lie beside the folders train and test, such as "
            f"{found.beside[0].name}: left out"
        )
    if found.others:
        listed = ", ".join(f"{count} {ending}" for ending, count in found.others.items())
        lines.append(f"files of other formats are left out ({listed}); format= chooses one")
    return lines


def claims(path: Path) -> bool:
    """Tell whether a path is a folder or a recording; cases in .npz are read by another source."""
    ending = path.suffix.lower()
    if ending == ".npz":
        return bool(members(path))
    return path.is_dir() or ending in FILES


SOURCE = Source(
    "a folder of recordings (" + ", ".join(FILES) + "), cut into windows",
    lambda request: load(Path(request.what), request.options),
    options=OPTIONS,
    claims=claims,
    cases=lambda request: cases(Path(request.what), request.options),
)
