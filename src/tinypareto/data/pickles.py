"""Safe reader for pickles that hold only plain values and uint8 arrays.

`pickle.load` executes whatever a file asks for. This reader refuses every name that a pickle
imports, except for the three that NumPy's uint8 arrays need, and replaces these by objects of this
module. The result can only contain dicts, lists, tuples, bytes, text, numbers and uint8 arrays.
"""

import pickle
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Refused(Exception):
    """The pickle is damaged, or contains something that is not allowed."""


def load(content: bytes) -> Any:
    """Read the value in a pickle; text pickled by Python 2 becomes bytes.

    Raises:
        Refused: The pickle is damaged, or contains something that is not allowed.
    """
    try:
        return _arrays(_Reader(BytesIO(content), encoding="bytes").load())
    except Refused:
        raise
    # A damaged pickle can make the reader raise nearly anything.
    except Exception as cause:
        raise Refused(f"{type(cause).__name__}: {cause}") from cause


class _Array:
    """Receives the pickled state of an array, from which `_arrays` makes the array itself.

    Pickle builds an array in two steps: it calls `_reconstruct` for an empty object, then passes
    the shape, type and bytes to the object's `__setstate__`.
    """

    __slots__ = ("values",)
    values: NDArray[np.uint8] | None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, content = state
        if not isinstance(dtype, _Bytes) or fortran or not isinstance(content, bytes):
            raise Refused("holds an array that is not of uint8 in C order")
        if len(content) != prod(shape):
            raise Refused(f"holds {len(content)} bytes for an array of shape {shape}")
        self.values = np.frombuffer(content, np.uint8).reshape(shape)


class _Bytes:
    """Stands for the dtype uint8."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """Ignore byte order and alignment, which have no meaning for bytes."""


class _Reconstruct:
    """Stands for NumPy's function that makes an empty array."""

    __slots__ = ()

    def __call__(self, *arguments: Any) -> _Array:
        return _Array()


class _Dtype:
    """Stands for `numpy.dtype`, restricted to uint8."""

    __slots__ = ()

    def __call__(self, name: Any, *arguments: Any) -> _Bytes:
        if name not in ("u1", b"u1"):
            raise Refused(f"holds an array of {name!r}, wanted uint8")
        return _Bytes()


_NAMES: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct(),
    ("numpy", "dtype"): _Dtype(),
    ("numpy", "ndarray"): "numpy.ndarray",
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise Refused(f"asks for {module}.{name}, which is not loaded")
        return _NAMES[module, name]


def _arrays(value: Any) -> Any:
    """Replace the collected array states in a value by arrays, and refuse other objects."""
    if isinstance(value, _Array):
        if getattr(value, "values", None) is None:
            raise Refused("holds an array without content")
        return value.values
    if isinstance(value, dict):
        return {key: _arrays(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_arrays(item) for item in value)
    if not isinstance(value, (bytes, str, int, float, bool, type(None))):
        raise Refused(f"holds a {type(value).__name__}")
    return value
