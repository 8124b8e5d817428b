"""Data sets of arrays, lists and tensors in Python."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import as_array, checked, checked_values
from tinypareto.data.dataset import Dataset
from tinypareto.data.overlap import overlapping
from tinypareto.data.recording_split import split
from tinypareto.errors import DataError
from tinypareto.resources import Limits
from tinypareto.tasks.task import DEFAULT


def make_dataset(
    x: Any,
    y: Any,
    x_test: Any = None,
    y_test: Any = None,
    *,
    name: str = "data",
    groups: Any = None,
    channel_names: tuple[str, ...] = (),
    rate: float | None = None,
    test: int = 25,
    seed: int = 0,
    limits: Limits | None = None,
    task: str = DEFAULT,
    target_names: Sequence[str] | None = None,
) -> Dataset:
    """Make a data set of arrays, lists or tensors.

    Args:
        x: Series [n, channels, length] or images [n, channels, height, width]; numbers.
        y: Class of each case: names or numbers of any kind; for other tasks its targets.
        x_test: Cases to test; by default, `test` percent of `x` are held out, stratified by class.
        y_test: Their classes or targets.
        name: Name for display and for the default result folder.
        groups: Person or recording of each case of `x`, any values [n]; each is in one part. By
            default, series that overlap with the next one are recognized and kept together.
        channel_names: Name of each channel.
        rate: Sampling rate of series in Hz.
        test: Percentage of the cases, or of the groups, to test.
        seed: Seed of the choice.
        limits: Limits that suit the data.
        task: "classification", or "regression" for targets that are numbers, [n] or [n, targets].
        target_names: Name of each target, for tasks without classes.

    Raises:
        DataError: An array cannot be used; the message says which and why.
    """
    values, labels = checked_values(name, "x", x), as_array(name, "y", y)
    units = _units(name, values, groups)
    of_classes = task == DEFAULT
    if labels.shape[: 1 + of_classes] != (len(values),):
        raise DataError(
            f"{name}: y has shape {list(labels.shape)}; wanted one "
            f"{'class' if of_classes else 'target'} for each of the {len(values)} cases of x"
        )
    if (x_test is None) != (y_test is None):
        raise DataError(f"{name}: x_test and y_test belong together; give both or none")
    if x_test is None:
        # Without classes there is nothing to stratify by.
        held = _held_out(labels if of_classes else np.zeros(len(labels)), units, test, seed)
        parts = values[~held], labels[~held], values[held], labels[held]
        units = units[~held] if units is not None else None
    else:
        parts = values, labels, x_test, as_array(name, "y_test", y_test)
    if of_classes:
        parts, target_names = _numbered(name, *parts)
    return checked(
        name,
        name,
        *parts,
        class_names=target_names,
        limits=limits,
        groups=units,
        channel_names=channel_names,
        rate=rate,
        task=task,
    )


def _numbered(
    name: str, x: Any, y: NDArray[Any], x_test: Any, y_test: NDArray[Any]
) -> tuple[tuple[Any, NDArray[Any], Any, NDArray[Any]], list[str]]:
    """The parts with numbers for classes, and the names of the classes."""
    classes = np.unique(y)
    if unknown := set(np.unique(y_test).tolist()) - set(classes.tolist()):
        raise DataError(f"{name}: class {min(unknown, key=str)!r} is tested, but not in y")
    numbers = np.searchsorted(classes, y), np.searchsorted(classes, y_test)
    return (x, numbers[0], x_test, numbers[1]), [str(label) for label in classes.tolist()]


def _units(name: str, x: NDArray[np.float32], groups: Any) -> NDArray[np.int64] | None:
    """Number of each case's group; None if there are no groups and no series overlap."""
    if groups is None:
        return overlapping(x)
    values = as_array(name, "groups", groups)
    if values.shape != (len(x),):
        raise DataError(
            f"{name}: groups has shape {list(values.shape)}; wanted one value for each of the "
            f"{len(x)} cases of x"
        )
    numbers: NDArray[np.int64] = np.unique(values, return_inverse=True)[1]
    return numbers


def _held_out(
    labels: NDArray[Any], units: NDArray[np.int64] | None, percent: int, seed: int
) -> NDArray[np.bool_]:
    """Choose whole groups to test, stratified by class."""
    units = np.arange(len(labels)) if units is None else units
    classes: list[list[str]] = [[] for _ in range(int(units.max()) + 1)]
    for unit, label in zip(units.tolist(), labels.tolist(), strict=True):
        classes[unit].append(str(label))
    return np.isin(units, list(split(classes, percent, seed)))
