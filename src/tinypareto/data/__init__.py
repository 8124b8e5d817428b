"""Data sources: one file each, all return a `Dataset`."""

from pathlib import Path

from tinypareto.data import digits, npz
from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.source import Source
from tinypareto.errors import DataError
from tinypareto.names import unknown

__all__ = ["SOURCES", "Dataset", "Source", "find", "is_path", "load"]

SOURCES: dict[str, Source] = {
    "digits": digits.SOURCE,
}


def is_path(source: str | Path) -> bool:
    """Whether a source is the path of an .npz file, not a name of `SOURCES`."""
    return isinstance(source, Path) or source.lower().endswith(".npz")


def load(source: str | Path | Dataset) -> Dataset:
    """Load a data set by name or path; a `Dataset` is checked alike.

    Args:
        source: A name in `SOURCES`, the path of an .npz file (see `tinypareto.data.npz`), or a
            `Dataset`.

    Raises:
        DataError: The name is unknown, or the data cannot be used.
    """
    if isinstance(source, Dataset):
        d = source
        parts = d.x_train, d.y_train, d.x_test, d.y_test
        return checked(d.name, d.name, *parts, class_names=d.class_names, limits=d.limits)
    if is_path(source):
        return npz.load(Path(source))
    return find(str(source)).load()


def find(name: str) -> Source:
    """The named data source.

    Raises:
        DataError: There is none.
    """
    if name not in SOURCES:
        raise DataError(unknown("data set", name, SOURCES) + "; a path must end in .npz")
    return SOURCES[name]
