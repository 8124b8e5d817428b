"""A user's own arrays in one .npz file.

Keys: `X_train`, `X_test` (series [n, channels, length] or images [n, channels, height, width];
floats or integers), `y_train`, `y_test` (labels 0 .. classes - 1), optionally `class_names`.
Every class must be present in `y_train`. Pickled objects are never loaded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.source import Source
from tinypareto.errors import DataError

_KEYS = ("X_train", "y_train", "X_test", "y_test")


def load(path: Path) -> Dataset:
    """Read and check one file.

    Raises:
        DataError: The file cannot be read, or an array is invalid; the message says which and why.
    """
    arrays = read_arrays(path, _KEYS, ("class_names",))
    parts = (arrays[key] for key in _KEYS)
    return checked(str(path), path.stem, *parts, class_names=arrays.get("class_names"))


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
    lambda request: load(Path(request.what)),
    claims=lambda path: path.suffix.lower() == ".npz",
)
