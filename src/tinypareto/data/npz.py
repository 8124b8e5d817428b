"""A user's own arrays in one .npz file.

Keys: `X_train`, `X_test` (series [n, channels, length] or images [n, channels, height, width];
floats or integers), `y_train`, `y_test` (labels 0 .. classes - 1), optionally `class_names`.
Every class must be present in `y_train`. For regression, `y_train` and `y_test` are numbers, [n]
or [n, targets], and `target_names` may name the targets. Pickled objects are never loaded. The
option `group` names arrays that say whose case each is, such as `subject_train` and `subject_test`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.formats.npz import members
from tinypareto.data.source import Option, Source
from tinypareto.errors import DataError
from tinypareto.tasks.task import DEFAULT

_KEYS = ("X_train", "y_train", "X_test", "y_test")
_NAMES = ("class_names", "target_names")


OPTIONS = {
    "group": Option("", "name of the arrays NAME_train and NAME_test that say whose case each is"),
}


def load(path: Path, group: str = "", task: str = DEFAULT) -> Dataset:
    """Read and check one file.

    Args:
        path: Path of the file.
        group: Name of the arrays that say whose case each is, without `_train` and `_test`.
        task: Key in `tinypareto.tasks.registry.TASKS`.

    Raises:
        DataError: The file cannot be read, or an array is invalid; the message says which and why.
    """
    keys = tuple(f"{group}{part}" for part in ("_train", "_test")) if group else ()
    arrays = read_arrays(path, (*_KEYS, *keys), _NAMES)
    parts = (arrays[key] for key in _KEYS)
    return checked(
        str(path),
        path.stem,
        *parts,
        class_names=next((arrays[key] for key in _NAMES if key in arrays), None),
        task=task,
        notes=() if group else _unread_groups(path),
        groups=_groups(path, *keys, arrays=arrays) if keys else None,
    )


def _unread_groups(path: Path) -> tuple[str, ...]:
    """Name arrays that may say whose case each is."""
    with np.load(path, allow_pickle=False) as file:
        names = {key.removesuffix("_train") for key in file.files if f"{key[:-6]}_test" in file}
    return tuple(
        f"{name}_train and {name}_test are not read; group={name} keeps cases of one value together"
        for name in sorted(names - {"X", "y"})
    )


def _groups(
    path: Path, train: str, test: str, *, arrays: dict[str, NDArray[Any]]
) -> NDArray[np.int64]:
    """Number the groups of the training cases, none of which may be tested too."""
    for key, x in ((train, "X_train"), (test, "X_test")):
        if arrays[key].shape != arrays[x].shape[:1]:
            raise DataError(
                f"{path}: {key} has shape {list(arrays[key].shape)}; wanted one value for each "
                f"case of {x}"
            )
    shared = np.intersect1d(arrays[train], arrays[test])
    if len(shared):
        raise DataError(
            f"{path}: {train} and {test} share {len(shared)} groups, such as {shared[0]}; move all "
            "cases of a group to one part"
        )
    numbers: NDArray[np.int64] = np.unique(arrays[train], return_inverse=True)[1]
    return numbers


def read_arrays(
    path: Path, needed: Sequence[str], more: Sequence[str] = ()
) -> dict[str, NDArray[Any]]:
    """Read arrays from an .npz file by key; pickled objects are never loaded.

    Args:
        path: Path of the file.
        needed: Keys that must be present.
        more: Keys that are read if they are present.

    Returns:
        The arrays that are present, by key.

    Raises:
        DataError: The file cannot be read, or lacks a needed key.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the path of an .npz file")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            present = list(file.files)
            arrays = {key: np.asarray(file[key]) for key in (*needed, *more) if key in present}
    # A damaged file can make zipfile, zlib and NumPy raise nearly anything.
    except Exception as cause:
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise DataError(
            f"{path}: cannot be read as .npz ({reason}); write it anew with numpy.savez, "
            "without object arrays"
        ) from cause
    missing = [key for key in needed if key not in arrays]
    if missing:
        found = ", ".join([*present[:8], "..."][: len(present)]) or "nothing"
        raise DataError(
            f"{path}: missing {', '.join(missing)}; found {found}; "
            f"the file needs {', '.join(needed)}"
        )
    return arrays


SOURCE = Source(
    "arrays X_train, y_train, X_test, y_test in one file",
    lambda request: load(Path(request.what), str(request.options["group"]), request.task),
    options=OPTIONS,
    claims=lambda path: path.suffix.lower() == ".npz" and not members(path),
    any_task=True,
)
