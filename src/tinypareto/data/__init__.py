"""Data sources: one file each, all of which return a `Dataset`."""

import os
from pathlib import Path

from tinypareto.data import cifar10, daliac, digits, images, npz, recordings, ts, uea
from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.download import default_folder
from tinypareto.data.formats import FILES
from tinypareto.data.source import Cases, Options, Request, Source
from tinypareto.errors import DataError
from tinypareto.registry import unknown
from tinypareto.tasks.task import DEFAULT

__all__ = [
    "FORMATS",
    "SOURCES",
    "Dataset",
    "Source",
    "find",
    "is_path",
    "load",
    "load_cases",
    "short_name",
]

SOURCES: dict[str, Source] = {
    "digits": digits.SOURCE,
    "cifar10": cifar10.SOURCE,
    "uea": uea.SOURCE,
}
FORMATS: dict[str, Source] = {
    ".npz": npz.SOURCE,
    ".ts": ts.SOURCE,
    ".tar.gz": cifar10.ARCHIVE,
    daliac.FIRST: daliac.SOURCE,
    ".png": images.SOURCE,
    ".csv": recordings.SOURCE,  # last, because it claims every other folder
}
"""Formats by the ending of their files, or by the name of one; the first to claim a path reads it.
"""
ENDINGS = tuple(dict.fromkeys((*FORMATS, *images.ENDINGS, *FILES)))
"""Endings of paths."""


def is_path(source: str | Path) -> bool:
    """Tell whether a source is a path rather than a name, by its ending or a slash."""
    text = str(source)
    return (
        isinstance(source, Path)
        or text.lower().endswith(ENDINGS)
        or text in (".", "..")
        or any(separator in text for separator in {"/", os.sep})
    )


def short_name(source: str) -> str:
    """Shorten a source to a name for folders: the stem of a path, or the part after a colon."""
    if not is_path(source):
        return source.rpartition(":")[2]
    name = Path(source).name
    ending = next((e for e in ENDINGS if name.lower().endswith(e)), "")
    name = name.removesuffix(name[len(name) - len(ending) :])
    return name.removesuffix("_TRAIN").removesuffix("_TEST")


def load(
    source: str | Path | Dataset,
    options: Options | None = None,
    folder: Path | None = None,
    task: str | None = None,
) -> Dataset:
    """Load a data set by name or path, or check a `Dataset` in the same way.

    Args:
        source: A name in `SOURCES`, a path that one of `FORMATS` reads, or a `Dataset`.
        options: Options of the source; those left out take their defaults.
        folder: Folder in which downloads are kept and looked for; the user's cache by default.
        task: Key in `tinypareto.tasks.registry.TASKS`; by default that of the `Dataset`, or
            classification.

    Raises:
        ConfigError: An option is unknown, or its value is not allowed.
        DataError: The name is unknown, or the data cannot be used for the task.
    """
    if isinstance(source, Dataset):
        d = source
        parts = d.x_train, d.y_train, d.x_test, d.y_test
        return checked(
            d.name,
            d.name,
            *parts,
            class_names=d.class_names,
            limits=d.limits,
            notes=d.notes,
            groups=d.groups,
            task=task or d.task,
            validation=d.validation,
            channel_names=d.channel_names,
            rate=d.rate,
        )
    reader = find(source)
    what = _home(source) if is_path(source) else str(source).partition(":")[2]
    complete = reader.complete(str(source), options or {})
    task = task or DEFAULT
    if task != DEFAULT and not reader.any_task:
        raise DataError(
            f"{source}: holds classes, and --task {task} needs other targets; leave it out, or "
            "put X_train, y_train, X_test and y_test into an .npz file"
        )
    return reader.load(Request(what, folder or default_folder(), complete, task))


def load_cases(
    source: str | Path,
    options: Options | None = None,
    folder: Path | None = None,
    task: str = DEFAULT,
) -> Cases:
    """Load cases to predict: all that a path holds, or the test part of a named data set.

    Args:
        source: A name in `SOURCES`, or a path that one of `FORMATS` reads.
        options: Options of the source; those left out take their defaults.
        folder: Folder of downloads; the user's cache by default.
        task: Task of the network, a key in `tinypareto.tasks.registry.TASKS`.

    Raises:
        ConfigError: An option is unknown, or its value is not allowed.
        DataError: The name is unknown, or the data cannot be used.
    """
    reader = find(source)
    if reader.cases is None:
        data = load(source, options, folder, task.partition(":")[0])
        if not data.learning_task.output_names(data.class_names):
            return Cases(data.x_test, (), targets=data.y_test)
        return Cases(data.x_test, [data.class_names[label] for label in data.y_test])
    complete = reader.complete(str(source), options or {})
    return reader.cases(Request(_home(source), folder or default_folder(), complete))


def find(source: str | Path) -> Source:
    """Find the data source that reads a name or path.

    Raises:
        DataError: No source reads it.
    """
    if is_path(source):
        return _format(Path(_home(source)))
    name, colon, argument = str(source).partition(":")
    if name not in SOURCES:
        raise DataError(
            unknown("data set", name, SOURCES)
            + f"; a path has a slash, such as ./{name}, or an ending that tinypareto datasets lists"
        )
    found = SOURCES[name]
    if bool(found.argument) != bool(argument) or (colon and not argument):
        wanted = f"{name}:{found.argument}" if found.argument else name
        raise DataError(f"unknown data set {source!r}; write {wanted}")
    return found


def _home(path: str | Path) -> str:
    """Replace ~ by the user's home folder; Path.expanduser raises if there is no such user."""
    return os.path.expanduser(str(path))  # noqa: PTH111


def _format(path: Path) -> Source:
    for found in FORMATS.values():
        if found.claims(path):
            return found
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; give an existing one")
    raise DataError(f"{path}: is no data that is known here; see tinypareto datasets")
