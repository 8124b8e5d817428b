"""DaLiAc, daily life activities (Leutheuser 2013): 19 subjects, 13 activities, 24 channels.

The official layout is one folder with `dataset_1.txt` to `dataset_19.txt`, one file per subject.
Each row is a point in time (204.8 Hz): 24 values separated by commas (accelerometer and gyroscope
at wrist, chest, hip and ankle), then the number of the activity, 1 to 13, or 0 for none. Deutel
2023 cuts windows of 1,024 rows. Whole subjects are held out for the test.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.gaps import interpolated
from tinypareto.data.source import Option, Options, Source
from tinypareto.errors import DataError

FIRST = "dataset_1.txt"
SUBJECTS, CHANNELS = 19, 24
RATE = 204.8
"""Samples per second."""
ACTIVITIES = (
    "sitting",
    "lying",
    "standing",
    "washing dishes",
    "vacuuming",
    "sweeping",
    "walking",
    "ascending stairs",
    "descending stairs",
    "treadmill running",
    "bicycling at 50 W",
    "bicycling at 100 W",
    "rope jumping",
)
OPTIONS = {
    "window": Option(1024, "rows of one case", 1),
    "hop": Option(1024, "rows from one window to the next", 1),
    "test": Option(25, "percent of the subjects in the test part", 1, 99),
    "seed": Option(0, "of the choice of subjects", 0, 2**32 - 1),
}

Windows = tuple[NDArray[np.float32], NDArray[np.int64]]


def load(folder: Path, options: Options) -> Dataset:
    """Read all subjects and cut their recordings into windows.

    Args:
        folder: Folder of the 19 files.
        options: A value for each of `OPTIONS`.

    Raises:
        DataError: A file is missing, damaged, or too short for the window.
    """
    paths = [folder / f"dataset_{number}.txt" for number in range(1, SUBJECTS + 1)]
    if missing := [path.name for path in paths if not path.is_file()]:
        raise DataError(f"{folder}: has no {', '.join(missing)}; wanted all {SUBJECTS} of DaLiAc")
    window, hop = int(options["window"]), int(options["hop"])
    subjects = [_subject(path, window, hop) for path in paths]
    count = min(max(1, round(SUBJECTS * int(options["test"]) / 100)), SUBJECTS - 1)
    order = np.random.default_rng(int(options["seed"])).permutation(SUBJECTS)
    test, train = sorted(order[:count].tolist()), sorted(order[count:].tolist())
    groups = np.repeat(np.arange(len(train)), [len(subjects[i][1]) for i in train])
    note = f"subjects {', '.join(str(i + 1) for i in test)} are the test part"
    return checked(
        str(folder),
        "daliac",
        *_joined(subjects, train),
        *_joined(subjects, test),
        class_names=ACTIVITIES,
        notes=(note,),
        groups=groups,
        rate=RATE,
    )


def _joined(subjects: Sequence[Windows], chosen: Sequence[int]) -> Windows:
    return (
        np.concatenate([subjects[i][0] for i in chosen]),
        np.concatenate([subjects[i][1] for i in chosen]),
    )


def _subject(path: Path, window: int, hop: int) -> Windows:
    """Cut a subject's recording into windows that each lie within one activity.

    Returns:
        Windows, float32 [n, 24, window], and their labels, int64 [n] from 0.
    """
    table = _table(path)
    values = np.stack([interpolated(channel) for channel in table[:, :CHANNELS].T])
    activity = table[:, CHANNELS]
    ends = np.flatnonzero(np.diff(activity)) + 1
    runs = zip([0, *ends.tolist()], [*ends.tolist(), len(table)], strict=True)
    spans = [(a, b, int(activity[a])) for a, b in runs if activity[a]]
    windows, labels = [np.empty((0, CHANNELS, window), np.float32)], list[int]()
    for start, end, number in spans:
        if end - start >= window:
            views = np.lib.stride_tricks.sliding_window_view(values[:, start:end], window, axis=1)
            windows.append(np.moveaxis(views[:, ::hop], 1, 0))
            labels += [number - 1] * len(windows[-1])
    if not labels:
        longest = max((b - a for a, b, _ in spans), default=0)
        raise DataError(
            f"{path}: its longest stretch of one activity has {longest} rows, the window {window}; "
            "choose a shorter one by --data-option window=N"
        )
    return np.concatenate(windows), np.array(labels, np.int64)


def _table(path: Path) -> NDArray[np.float32]:
    """Read the table of a subject, float32 [rows, 25]."""
    try:
        with path.open(encoding="ascii") as file, warnings.catch_warnings():
            # NumPy warns about an empty file, which is refused below.
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(file, np.float32, delimiter=",", ndmin=2)
    except (ValueError, OSError) as cause:
        reason = " ".join(str(cause).split())
        raise DataError(f"{path}: cannot be read ({reason}); get it anew") from cause
    if table.shape[1] != CHANNELS + 1 or not len(table):
        raise DataError(
            f"{path}: has {len(table)} rows of {table.shape[1]} columns, wanted {CHANNELS + 1} "
            "columns; get it anew"
        )
    if np.isinf(table).any():
        row = int(np.isinf(table).any(axis=1).argmax())
        raise DataError(f"{path}: line {row + 1}: a value is infinite; correct it")
    good = np.isin(table[:, CHANNELS], np.arange(len(ACTIVITIES) + 1))
    if not good.all():
        row = int((~good).argmax())
        raise DataError(
            f"{path}: line {row + 1}: activity {table[row, CHANNELS]:g}, wanted 0 to "
            f"{len(ACTIVITIES)}; get it anew"
        )
    return table


SOURCE = Source(
    "DaLiAc: the folder of dataset_1.txt to dataset_19.txt, cut into windows",
    lambda request: load(_folder(Path(request.what)), request.options),
    options=OPTIONS,
    claims=lambda path: _folder(path).joinpath(FIRST).is_file(),
)


def _folder(path: Path) -> Path:
    return path.parent if path.name == FIRST else path
