"""What every data set must keep to, whoever made the arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError
from tinypareto.resources import Limits

_SHAPES = "series [n, channels, length] or images [n, channels, height, width]"


def checked(
    place: str,
    name: str,
    x_train: NDArray[Any],
    y_train: NDArray[Any],
    x_test: NDArray[Any],
    y_test: NDArray[Any],
    *,
    class_names: Sequence[object] | NDArray[Any] | None = None,
    limits: Limits | None = None,
    notes: tuple[str, ...] = (),
    groups: NDArray[np.int64] | None = None,
) -> Dataset:
    """Make a data set of arrays that may be wrong.

    Args:
        place: Where they come from, for messages.
        name: Of the data set.
        x_train: Series [n, channels, length] or images [n, channels, height, width]; numbers.
        y_train: Labels [n], 0 .. classes - 1, each class present.
        x_test: As `x_train`.
        y_test: As `y_train`; classes may be absent.
        class_names: One per class; numbers by default.
        limits: Limits that make sense for it.
        notes: What was changed while reading.
        groups: Number of the recording of each training case.

    Raises:
        DataError: The arrays make no sense; says which and why.
    """
    xs = [checked_values(place, k, x) for k, x in (("X_train", x_train), ("X_test", x_test))]
    ys = [checked_labels(place, k, y) for k, y in (("y_train", y_train), ("y_test", y_test))]
    if xs[0].shape[1:] != xs[1].shape[1:]:
        raise DataError(
            f"{place}: one case of X_train has shape {list(xs[0].shape[1:])}, one of X_test "
            f"{list(xs[1].shape[1:])}; bring both to the same shape"
        )
    for part, x, y in zip(("train", "test"), xs, ys, strict=True):
        _check_lengths(place, part, x, y)
    if groups is not None and groups.shape != ys[0].shape:
        raise DataError(
            f"{place}: groups has shape {list(groups.shape)}; wanted one number for each of the "
            f"{len(ys[0])} training cases"
        )
    classes = _count_classes(place, *ys)
    names = _class_names(place, None if class_names is None else np.asarray(class_names), classes)
    return Dataset(name, xs[0], ys[0], xs[1], ys[1], names, limits or Limits(), notes, groups)


def checked_values(place: str, key: str, array: NDArray[Any]) -> NDArray[np.float32]:
    """Raw cases as float32.

    Raises:
        DataError: They have another shape or type, or are not finite.
    """
    where = f"{place}: {key}"
    if array.ndim not in (3, 4):
        hint = f"reshape it to {_SHAPES}"
        if array.ndim == 2:
            hint = "for series of one channel write X[:, None, :]"
        raise DataError(f"{where} has shape {list(array.shape)}; wanted {_SHAPES}; {hint}")
    if array.size == 0:
        raise DataError(f"{where} is empty (shape {list(array.shape)}); give at least one case")
    if array.dtype.kind not in "iuf":
        raise DataError(f"{where} has type {array.dtype}; wanted floats or integers; convert it")
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(array, dtype=np.float32)
    bad = ~np.isfinite(values)
    if bad.any():
        first = [int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape)]
        raise DataError(
            f"{where} has {int(bad.sum())} values that are NaN, infinite or beyond float32, the "
            f"first at index {first}; replace them or drop these cases"
        )
    return values


def checked_labels(place: str, key: str, array: NDArray[Any]) -> NDArray[np.int64]:
    """Labels as int64.

    Raises:
        DataError: They have another shape or type, or are no whole numbers from 0.
    """
    where = f"{place}: {key}"
    if array.ndim != 1:
        raise DataError(f"{where} has shape {list(array.shape)}; wanted [n], one label a case")
    if array.size == 0:
        raise DataError(f"{where} is empty; give at least one case")
    if array.dtype.kind not in "iuf":
        raise DataError(
            f"{where} has type {array.dtype}; wanted integers 0 .. classes - 1; "
            "numpy.unique(labels, return_inverse=True) numbers them"
        )
    whole = (array >= 0) & (array < 2**31) & (np.floor(array) == array)
    if not whole.all():
        first = int((~whole).argmax())
        raise DataError(
            f"{where} has the label {array[first].item()} at index {first}; wanted integers "
            "0 .. classes - 1; numpy.unique(labels, return_inverse=True) numbers them"
        )
    return array.astype(np.int64)


def _check_lengths(place: str, part: str, x: NDArray[np.float32], y: NDArray[np.int64]) -> None:
    if len(x) != len(y):
        raise DataError(
            f"{place}: X_{part} has {len(x)} cases but y_{part} has {len(y)} labels; "
            "give one label a case"
        )


def _count_classes(place: str, y_train: NDArray[np.int64], y_test: NDArray[np.int64]) -> int:
    present = np.unique(y_train)
    classes = int(present[-1]) + 1
    if len(present) < classes:
        skipped = int(np.flatnonzero(present != np.arange(len(present)))[0])
        raise DataError(
            f"{place}: y_train skips class {skipped} (its labels go up to {classes - 1}); "
            "number the classes 0 .. classes - 1 without gaps"
        )
    if classes < 2:
        raise DataError(f"{place}: y_train has a single class; a classifier needs at least two")
    if y_test.max() >= classes:
        first = int((y_test >= classes).argmax())
        raise DataError(
            f"{place}: y_test has class {y_test[first]} at index {first}, which y_train lacks "
            f"(its classes: 0 .. {classes - 1}); add training cases for it or drop it"
        )
    return classes


def _class_names(place: str, array: NDArray[Any] | None, classes: int) -> tuple[str, ...]:
    if array is None:
        return tuple(str(label) for label in range(classes))
    if array.shape != (classes,):
        raise DataError(
            f"{place}: class_names has shape {list(array.shape)} but the labels have {classes} "
            f"classes; give {classes} names"
        )
    return tuple(n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in array)
