"""A user's own arrays in one .npz file.

Keys: `X_train`, `X_test` (series [n, channels, length] or images [n, channels, height, width];
floats or integers), `y_train`, `y_test` (labels 0 .. classes - 1), optionally `class_names`.
Every class must be present in `y_train`. Pickled objects are never loaded.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError

_KEYS = ("X_train", "y_train", "X_test", "y_test")
_SHAPES = "series [n, channels, length] or images [n, channels, height, width]"


def load(path: Path) -> Dataset:
    """Read and check one file.

    Raises:
        DataError: The file cannot be read, or its arrays make no sense; says which and why.
    """
    arrays = _read(path)
    x_train, x_test = (_values(path, key, arrays[key]) for key in ("X_train", "X_test"))
    y_train, y_test = (_labels(path, key, arrays[key]) for key in ("y_train", "y_test"))
    if x_train.shape[1:] != x_test.shape[1:]:
        raise DataError(
            f"{path}: one case of X_train has shape {list(x_train.shape[1:])}, one of X_test "
            f"{list(x_test.shape[1:])}; bring both to the same shape"
        )
    _check_lengths(path, "train", x_train, y_train)
    _check_lengths(path, "test", x_test, y_test)
    classes = _count_classes(path, y_train, y_test)
    names = _class_names(path, arrays.get("class_names"), classes)
    return Dataset(path.stem, x_train, y_train, x_test, y_test, names)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the path of an .npz file")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            wanted = [key for key in (*_KEYS, "class_names") if key in file.files]
            present = list(file.files)
            arrays = {key: np.asarray(file[key]) for key in wanted}
    # A damaged file can make zipfile, zlib and NumPy raise nearly anything.
    except Exception as cause:
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise DataError(
            f"{path}: cannot be read as .npz ({reason}); write it anew with numpy.savez, "
            "without object arrays"
        ) from cause
    missing = [key for key in _KEYS if key not in arrays]
    if missing:
        found = ", ".join([*present[:8], "..."][: len(present)]) or "nothing"
        raise DataError(
            f"{path}: missing {', '.join(missing)}; found {found}; "
            f"the file needs {', '.join(_KEYS)}"
        )
    return arrays


def _values(path: Path, key: str, array: NDArray[Any]) -> NDArray[np.float32]:
    where = f"{path}: {key}"
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


def _labels(path: Path, key: str, array: NDArray[Any]) -> NDArray[np.int64]:
    where = f"{path}: {key}"
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


def _check_lengths(path: Path, part: str, x: NDArray[np.float32], y: NDArray[np.int64]) -> None:
    if len(x) != len(y):
        raise DataError(
            f"{path}: X_{part} has {len(x)} cases but y_{part} has {len(y)} labels; "
            "give one label a case"
        )


def _count_classes(path: Path, y_train: NDArray[np.int64], y_test: NDArray[np.int64]) -> int:
    present = np.unique(y_train)
    classes = int(present[-1]) + 1
    if len(present) < classes:
        skipped = int(np.flatnonzero(present != np.arange(len(present)))[0])
        raise DataError(
            f"{path}: y_train skips class {skipped} (its labels go up to {classes - 1}); "
            "number the classes 0 .. classes - 1 without gaps"
        )
    if classes < 2:
        raise DataError(f"{path}: y_train has a single class; a classifier needs at least two")
    if y_test.max() >= classes:
        first = int((y_test >= classes).argmax())
        raise DataError(
            f"{path}: y_test has class {y_test[first]} at index {first}, which y_train lacks "
            f"(its classes: 0 .. {classes - 1}); add training cases for it or drop it"
        )
    return classes


def _class_names(path: Path, array: NDArray[Any] | None, classes: int) -> tuple[str, ...]:
    if array is None:
        return tuple(str(label) for label in range(classes))
    if array.shape != (classes,):
        raise DataError(
            f"{path}: class_names has shape {list(array.shape)} but the labels have {classes} "
            f"classes; give {classes} names"
        )
    return tuple(n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in array)
