"""The C of this folder, compiled for this machine."""

import ctypes
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from tinypareto.data.download import default_folder
from tinypareto.errors import ToolchainError
from tinypareto.targets.host import compile_shared, compilers
from tinypareto.training.engine.library_cache import compiler_identity, kept, machine

SOURCES = ("kernels.h", "kernels.c", "matrix.c", "convolution.c", "filters.c", "program.c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno")

_FLOATS, _SIZE, _FLOAT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float
_STEPS = ctypes.c_void_p
_ARGUMENTS = {
    "norm_forward": [*[_FLOATS] * 6, _SIZE, _SIZE, _FLOAT, _FLOAT],
    "norm_backward": [*[_FLOATS] * 9, _SIZE, _SIZE, _FLOAT],
    "depthwise_forward": [*[_FLOATS] * 3, _SIZE, ctypes.POINTER(_SIZE)],
    "depthwise_backward": [*[_FLOATS] * 5, _SIZE, ctypes.POINTER(_SIZE)],
    "run_forward": [_STEPS, _SIZE, _SIZE],
    "run_backward": [_STEPS, _SIZE, _SIZE],
    "room_floats": [_STEPS],
}


@cache
def kernels() -> ctypes.CDLL | None:
    """The compiled functions; None where no C compiler works.

    They are compiled once for a kind of machine and kept in the user's cache folder.
    """
    folder = files("tinypareto.training.engine")
    texts = {name: (folder / name).read_text(encoding="ascii") for name in SOURCES}
    for compiler in compilers().values():
        try:
            return _library(texts, compiler)
        except ToolchainError:
            continue
    return None


def _library(texts: Mapping[str, str], compiler: Sequence[str]) -> ctypes.CDLL:
    def build() -> bytes:
        with TemporaryDirectory(prefix="tinypareto-") as made:
            return compile_shared(texts, Path(made), compiler, FLAGS).read_bytes()

    made_of = [*texts.values(), *FLAGS, compiler_identity(compiler), machine()]
    try:
        return _loaded(kept(default_folder() / "kernels", made_of, build))
    except (OSError, RuntimeError):
        # No home, or one that cannot be written to.
        with TemporaryDirectory(prefix="tinypareto-") as made:
            return _loaded(kept(Path(made), made_of, build))


def _loaded(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, None
    library.room_floats.restype = _SIZE
    return library


def sizes(*values: int) -> ctypes.Array[ctypes.c_int64]:
    """Numbers as C takes them."""
    return (_SIZE * len(values))(*values)


def call(name: str, *arguments: Tensor | float | ctypes.Array[ctypes.c_int64]) -> None:
    """Run a function on float32 tensors that are dense with the channels last, and numbers."""
    function = getattr(kernels(), name)
    function(*[a.data_ptr() if isinstance(a, Tensor) else a for a in arguments])
