"""The C of `kernels.c`, compiled for this machine."""

import ctypes
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from tinypareto.errors import ToolchainError
from tinypareto.targets.host import compile_shared, compilers

FLAGS = ("-O3", "-march=native", "-fno-math-errno")

_FLOATS, _SIZE, _FLOAT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float
_ARGUMENTS = {
    "norm_forward": [*[_FLOATS] * 6, _SIZE, _SIZE, _FLOAT, _FLOAT],
    "norm_backward": [*[_FLOATS] * 9, _SIZE, _SIZE, _FLOAT],
    "depthwise_forward": [*[_FLOATS] * 3, _SIZE, ctypes.POINTER(_SIZE)],
    "depthwise_backward": [*[_FLOATS] * 5, _SIZE, ctypes.POINTER(_SIZE)],
}


@cache
def kernels() -> ctypes.CDLL | None:
    """The compiled functions; None where no C compiler works."""
    text = (files("tinypareto.training") / "kernels.c").read_text(encoding="ascii")
    for compiler in compilers().values():
        with TemporaryDirectory(prefix="tinypareto-") as folder:
            try:
                path = compile_shared({"kernels.c": text}, Path(folder), compiler, FLAGS)
            except ToolchainError:
                continue
            return _loaded(path)
    return None


def _loaded(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, None
    return library


def sizes(*values: int) -> ctypes.Array[ctypes.c_int64]:
    """Numbers as C takes them."""
    return (_SIZE * len(values))(*values)


def call(name: str, *arguments: Tensor | float | ctypes.Array[ctypes.c_int64]) -> None:
    """Run a function on float32 tensors that are dense with the channels last, and numbers."""
    function = getattr(kernels(), name)
    function(*[a.data_ptr() if isinstance(a, Tensor) else a for a in arguments])
