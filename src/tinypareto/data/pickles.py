"""Reads pickles that hold plain values and arrays of bytes, and nothing else.

`pickle.load` runs whatever a file says. Here every name that a pickle asks for is refused, but for
the three that NumPy's uint8 arrays need, and these stand for functions of this module. What can
come out are dicts, lists, tuples, bytes, text, numbers and uint8 arrays.
"""

import pickle
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Refused(Exception):
    """The pickle is damaged, or asks for something else."""


def load(content: bytes) -> Any:
    """The value in a pickle; text of Python 2 becomes bytes.

    Raises:
        Refused: It is damaged, or holds something else.
    """
    try:
        return _arrays(_Reader(BytesIO(content), encoding="bytes").load())
    except Refused:
        raise
    # A damaged pickle can make the reader raise nearly anything.
    except Exception as cause:
        raise Refused(f"{type(cause).__name__}: {cause}") from cause


class _Array:
    """Collects the state of an array; becomes one in `_arrays`."""

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
    """The type uint8."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """Byte order and the like; of no meaning for bytes."""


class _Reconstruct:
    __slots__ = ()

    def __call__(self, *arguments: Any) -> _Array:
        return _Array()


class _Dtype:
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
    """The value with its arrays in place."""
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
