"""Compiles the C of this folder for this machine and calls it."""

import ctypes
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from tinypareto.data.download import default_folder
from tinypareto.errors import ToolchainError
from tinypareto.targets.host import compile_shared, compilers
from tinypareto.training.engine.library_cache import (
    UntrustedCacheError,
    cached_library,
    compiler_identity,
    machine,
)

SOURCES = ("kernels.h", "kernels.c", "matrix.c", "convolution.c", "filters.c", "program.c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno")

_logger = logging.getLogger(__name__)
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
    """The compiled functions, or None if no C compiler works.

    They are compiled once for each kind of machine and stored in the user's cache folder.
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
        with TemporaryDirectory(prefix="tinypareto-") as folder:
            return compile_shared(texts, Path(folder), compiler, FLAGS).read_bytes()

    identity = [*texts.values(), *FLAGS, compiler_identity(compiler), machine()]
    try:
        return _loaded(cached_library(default_folder() / "kernels", identity, build))
    except (OSError, RuntimeError) as error:
        if isinstance(error, UntrustedCacheError):
            _logger.warning("note: compiled kernels are not kept: %s", error)
        # Otherwise there is no home folder, or it is read-only.
        with TemporaryDirectory(prefix="tinypareto-") as folder:
            return _loaded(cached_library(Path(folder), identity, build))


def _loaded(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, None
    library.room_floats.restype = _SIZE
    return library


def sizes(*values: int) -> ctypes.Array[ctypes.c_int64]:
    """Numbers as a C array of int64_t."""
    return (_SIZE * len(values))(*values)


def call(name: str, *arguments: Tensor | float | ctypes.Array[ctypes.c_int64]) -> None:
    """Run a C function.

    Args:
        name: One of the functions of `kernels`.
        arguments: Float32 tensors, dense with the channels last in memory, and numbers.
    """
    function = getattr(kernels(), name)
    function(*[a.data_ptr() if isinstance(a, Tensor) else a for a in arguments])
