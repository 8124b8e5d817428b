"""The `.ts` text format of the UEA and UCR archives (timeseriesclassification.com).

A data set is a pair of files, NAME_TRAIN.ts and NAME_TEST.ts, found from the path of either file or
of their folder. A file has a header of `@` lines, then one case per line: channels are separated by
`:`, their values by `,`, and the class comes last, or the target of a regression. `?` and `NaN` are
missing values, and lengths may differ; `gaps` describes how both are handled. Classes are numbered
in the order of the header's `@classLabel`.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.gaps import Case, check_padding, fill_channels, notes, stacked
from tinypareto.data.source import Source
from tinypareto.errors import DataError
from tinypareto.tasks.task import DEFAULT

PARTS = ("_TRAIN", "_TEST")


@dataclass
class Part:
    """The contents of one file.

    Attributes:
        location: Name of the file in messages.
        real: Whether each case has a target that is a number, instead of a class.
        classes: Class names in the header's order.
        cases: Cases, all with the same number of channels.
        labels: Index of each case's class, or its target.
    """

    location: str
    real: bool = False
    classes: list[str] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)


def load(path: Path, task: str = DEFAULT) -> Dataset:
    """Read both files of a data set.

    Args:
        path: Path of either file, or of their folder.
        task: Key in `tinypareto.tasks.registry.TASKS`.

    Raises:
        DataError: A file is missing or malformed; the message names the line.
    """
    train, test = pair(path)
    parts = []
    for file in (train, test):
        try:
            with file.open(encoding="utf-8-sig") as lines:
                parts.append(parse(lines, str(file), real=task != DEFAULT))
        except UnicodeDecodeError as cause:
            raise DataError(f"{file}: is not UTF-8 text; save it as UTF-8") from cause
        except OSError as cause:
            raise DataError(f"{file}: cannot be read ({cause.strerror})") from cause
    return assembled(str(train), train.name[: -len("_TRAIN.ts")], *parts, task=task)


def pair(path: Path) -> tuple[Path, Path]:
    """Find the training file and the test file.

    Args:
        path: Path of either file, or of their folder.

    Raises:
        DataError: A file is missing, or its name does not tell which part it is.
    """
    if path.is_dir():
        found = sorted(_trainings(path))
        if len(found) != 1:
            names = ", ".join(file.name for file in found) or "none"
            raise DataError(f"{path}: wanted one NAME_TRAIN.ts in it, found {names}; give its path")
        path = found[0]
    stem = path.stem
    part = next((part for part in PARTS if stem.upper().endswith(part)), None)
    if part is None:
        raise DataError(f"{path}: wanted NAME_TRAIN.ts or NAME_TEST.ts; rename it")
    name = stem[: -len(part)]
    files = tuple(path.with_name(f"{name}{part}{path.suffix}") for part in PARTS)
    for file in files:
        if not file.is_file():
            raise DataError(f"{file}: no such file; put NAME_TRAIN.ts and NAME_TEST.ts together")
    return files[0], files[1]


def _trainings(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.ts") if file.stem.upper().endswith("_TRAIN")]


def parse(lines: Iterable[str], location: str, *, real: bool = False) -> Part:
    """Parse the lines of one file.

    Args:
        lines: The lines.
        location: Name of the file in messages.
        real: Whether each case should have a target that is a number.

    Raises:
        DataError: A line is malformed.
    """
    part, in_data = Part(location, real), False
    for number, text in enumerate(lines, start=1):
        line, where = text.strip(), f"{location}: line {number}"
        if not line or line.startswith(("#", "%")):
            continue
        if in_data:
            _read_case(part, line, where)
        elif line.startswith("@"):
            in_data = _read_header(part, line.split(), where)
        else:
            raise DataError(f"{where}: got {line[:40]!r} before @data; is this a .ts file?")
    if not part.cases:
        raise DataError(f"{location}: has no cases after @data; is it whole?")
    return part


def _read_header(part: Part, words: list[str], where: str) -> bool:
    """Read a header line; return whether the data begins after it."""
    key, values = words[0].lower(), words[1:]
    first = values[0].lower() if values else ""
    if key == "@timestamps" and first == "true":
        raise DataError(f"{where}: series with time stamps are not read; give plain values")
    if key == "@targetlabel" and first == "true" and not part.real:
        raise DataError(f"{where}: it is a regression problem; give --task regression")
    if key == "@classlabel" and part.real and first == "true":
        raise DataError(f"{where}: its cases have classes; leave --task out")
    if key == "@classlabel" and not part.real:
        if first != "true" or len(values) < 3:
            raise DataError(f"{where}: wanted '@classLabel true' and two classes or more")
        part.classes = values[1:]
    if key == "@data" and not part.classes and not part.real:
        raise DataError(f"{where}: no '@classLabel true ...' before the data; add the classes")
    return key == "@data"


def _read_case(part: Part, line: str, where: str) -> None:
    *channels, label = line.split(":")
    target = _target(part, label.strip(), where)
    if (part.cases and len(channels) != len(part.cases[0])) or not channels:
        wanted = len(part.cases[0]) if part.cases else "at least 1"
        raise DataError(f"{where}: has {len(channels)} channels, wanted {wanted}; is it whole?")
    case = [_values(text, where) for text in channels]
    for channel, values in enumerate(case):
        if np.isinf(values).any():
            step = int(np.isinf(values).argmax())
            raise DataError(
                f"{where}: value {step + 1} of channel {channel + 1} is infinite or beyond "
                "float32; correct it, or write ? if it is missing"
            )
    part.cases.append(case)
    part.labels.append(target)


def _target(part: Part, label: str, where: str) -> float:
    """The index of a class, or the number that stands in its place."""
    if part.real:
        return float(_named_values([label], where)[0])
    if label not in part.classes:
        known = ", ".join(part.classes[:8])
        raise DataError(f"{where}: got class {label[:40]!r}; wanted one of {known}")
    return part.classes.index(label)


def _values(text: str, where: str) -> NDArray[np.float32]:
    text = text.strip().strip(",").replace("?", "nan")
    if not text:
        return np.empty(0, np.float32)
    with np.errstate(over="ignore"), warnings.catch_warnings():
        # Text that is not a number is an error in recent versions of NumPy, a warning in others.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, np.float32, sep=",")
        except (ValueError, DeprecationWarning):
            return _named_values(text.split(","), where)


def _named_values(words: list[str], where: str) -> NDArray[np.float32]:
    """Parse values ten times more slowly, with an error that quotes the offending word."""
    try:
        return np.array(words, np.float32)
    except ValueError as cause:
        word = str(cause).split(": ")[-1]
        raise DataError(f"{where}: {word} is no number; correct it") from cause


def assembled(location: str, name: str, train: Part, test: Part, *, task: str = DEFAULT) -> Dataset:
    """Combine both parts into a data set.

    Args:
        location: Name of the files in messages.
        name: Name of the data set.
        train: Contents of the training file.
        test: Contents of the test file.
        task: Key in `tinypareto.tasks.registry.TASKS`.

    Raises:
        DataError: The parts have different classes or numbers of channels.
    """
    if set(train.classes) != set(test.classes) or len(train.cases[0]) != len(test.cases[0]):
        raise DataError(
            f"{test.location}: has {len(test.cases[0])} channels and classes {test.classes[:8]}, "
            f"{train.location} has {len(train.cases[0])} and {train.classes[:8]}; take both files "
            "of one data set"
        )
    y_train, y_test = np.array(train.labels), np.array(test.labels)
    if not train.real:
        # The two headers may list the classes in different orders.
        y_test = np.array([train.classes.index(name) for name in test.classes])[y_test]
    length = max(len(values) for case in train.cases for values in case)
    check_padding(location, [*train.cases, *test.cases], length)
    x_train, x_test = (stacked(part.cases, max(length, 1)) for part in (train, test))
    fill_channels(location, x_train, x_test)
    return checked(
        location,
        name,
        x_train,
        y_train,
        x_test,
        y_test,
        class_names=train.classes or None,
        task=task,
        notes=notes([*train.cases, *test.cases], length),
    )


SOURCE = Source(
    "NAME_TRAIN.ts and NAME_TEST.ts of the UEA and UCR archives, or their folder",
    lambda request: load(Path(request.what), request.task),
    claims=lambda path: path.suffix.lower() == ".ts" or (path.is_dir() and bool(_trainings(path))),
    any_task=True,
)
