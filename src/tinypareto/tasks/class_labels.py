"""Checks of class labels that a user made."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.tasks.task import Names

_NUMBERED = (
    "wanted integers 0 .. classes - 1; numpy.unique(labels, return_inverse=True) numbers them"
)


_REGRESSION = "if these are quantities to estimate, give --task regression"


def checked_labels(source: str, key: str, array: NDArray[Any]) -> NDArray[np.int64]:
    """Labels as int64.

    Args:
        source: Origin of the labels, for messages.
        key: Name of the array.
        array: The labels.

    Raises:
        DataError: They have another shape or type, or are not integers from 0.
    """
    title = f"{source}: {key}"
    if array.ndim != 1:
        hint = f"; {_REGRESSION}" if array.ndim == 2 and array.dtype.kind == "f" else ""
        raise DataError(
            f"{title} has shape {list(array.shape)}; wanted [n], one label a case{hint}"
        )
    if array.size == 0:
        raise DataError(f"{title} is empty; give at least one case")
    if array.dtype.kind not in "iuf":
        raise DataError(f"{title} has type {array.dtype}; {_NUMBERED}")
    whole = (array >= 0) & (array < 2**31) & (np.floor(array) == array)
    if not whole.all():
        first = int((~whole).argmax())
        hint = f"; {_REGRESSION}" if array.dtype.kind == "f" else ""
        raise DataError(
            f"{title} has the label {array[first].item()} at index {first}; {_NUMBERED}{hint}"
        )
    return array.astype(np.int64)


def count_classes(source: str, train: NDArray[np.int64], test: NDArray[np.int64]) -> int:
    """The number of classes, all of which the training labels must have.

    Raises:
        DataError: A class has no training case, or there is a single class.
    """
    present = np.unique(train)
    classes = int(present[-1]) + 1
    if len(present) < classes:
        skipped = int(np.flatnonzero(present != np.arange(len(present)))[0])
        raise DataError(
            f"{source}: y_train skips class {skipped} (its labels go up to {classes - 1}); "
            "number the classes 0 .. classes - 1 without gaps"
        )
    if classes < 2:
        raise DataError(f"{source}: y_train has a single class; a classifier needs at least two")
    if test.max() >= classes:
        first = int((test >= classes).argmax())
        raise DataError(
            f"{source}: y_test has class {test[first]} at index {first}, which y_train lacks "
            f"(its classes: 0 .. {classes - 1}); add training cases for it or drop it"
        )
    return classes


def class_names(source: str, names: Names | None, classes: int) -> tuple[str, ...]:
    """One name per class, numbers by default.

    Raises:
        DataError: There are more or fewer names than classes.
    """
    if names is None:
        return tuple(str(label) for label in range(classes))
    array = np.asarray(names)
    if array.shape != (classes,):
        raise DataError(
            f"{source}: class_names has shape {list(array.shape)} but the labels have {classes} "
            f"classes; give {classes} names"
        )
    return tuple(n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in array)
