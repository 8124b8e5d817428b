"""The training part and the test part of recordings."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_split import split
from tinypareto.data.source import Options
from tinypareto.errors import DataError


class Unit(Protocol):
    """Cases of a file that go to one part: the windows of a recording, or an image."""

    @property
    def file(self) -> RecordingFile:
        """The file."""

    @property
    def group(self) -> str:
        """Name of the group; "" if there are no groups."""

    @property
    def labels(self) -> Sequence[str]:
        """Class of each case."""

    def fill(self, out: NDArray[np.float32]) -> None:
        """Write the cases to float32 [n, ...]."""


Parts = tuple[list[Unit], list[Unit]]


def divide(root: str, recordings: Sequence[Unit], options: Options) -> Parts:
    """Divide recordings into those to train and validate, and those to test.

    Args:
        root: Origin of the recordings, for messages.
        recordings: The recordings; their folders say the part, or none of them does.
        options: Values of `test` and `seed`.

    Raises:
        DataError: A group is in two parts, or a class is missing in one.
    """
    if any(recording.file.part for recording in recordings):
        _check_groups(root, recordings)
        train = [r for r in recordings if r.file.part != "test"]
        test = [r for r in recordings if r.file.part == "test"]
    else:
        units = numbered(recordings)
        classes: list[list[str]] = [[] for _ in range(int(units.max()) + 1)]
        for unit, recording in zip(units, recordings, strict=True):
            classes[unit] += recording.labels
        held = split(classes, int(options["test"]), int(options["seed"]))
        train = [r for u, r in zip(units, recordings, strict=True) if u not in held]
        test = [r for u, r in zip(units, recordings, strict=True) if u in held]
    _check_classes(root, train, test)
    return train, test


def numbered(recordings: Sequence[Unit]) -> NDArray[np.int64]:
    """Number the groups in the order of their first recordings, or the recordings without groups.

    Returns:
        Number of each recording's group, int64 [recordings].
    """
    names = [r.group or index for index, r in enumerate(recordings)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


def _check_groups(root: str, recordings: Sequence[Unit]) -> None:
    part_of: dict[str, str] = {}
    for recording in recordings:
        first = part_of.setdefault(recording.group, recording.file.part)
        part = recording.file.part
        if recording.group and first != part:
            raise DataError(
                f"{root}: group {recording.group!r} is in the parts {first} and {part}; move its "
                "recordings to one of them"
            )


def _check_classes(root: str, train: Sequence[Unit], test: Sequence[Unit]) -> None:
    """Refuse a class that does not occur in both parts."""
    learnt, tested = ({label for r in part for label in r.labels} for part in (train, test))
    for label in sorted(learnt ^ tested):
        having = [r for r in [*train, *test] if label in r.labels]
        what, count = "recording", len(having)
        if having[0].group:
            what, count = "group", len({r.group for r in having})
        raise DataError(
            f"{root}: class {label!r} has {count} {what}{'s' * (count > 1)}, all in the "
            f"{'training' if label in learnt else 'test'} part; whole {what}s are tested, "
            "because windows of one are alike: record it once more or remove it"
        )
