"""Compiles the generated C for this machine and runs it in this process."""

import ctypes
import importlib.util
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError, ToolchainError
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.process import call

GUARD_BYTES = 64
GUARD = 0x5A


def compilers() -> dict[str, tuple[str, ...]]:
    """Commands of the installed C compilers by name, the preferred one first."""
    paths = {name: shutil.which(name) for name in ("cc", "gcc", "clang")}
    found: dict[str, tuple[str, ...]] = {name: (path,) for name, path in paths.items() if path}
    if importlib.util.find_spec("ziglang"):
        return found | {"zig": (sys.executable, "-m", "ziglang", "cc")}
    return found


def find_compiler() -> tuple[str, ...] | None:
    """Command of a host C compiler: cc, gcc or clang on the PATH, else zig; None without one."""
    return next(iter(compilers().values()), None)


def compile_shared(
    files: Mapping[str, str],
    directory: Path,
    compiler: Sequence[str] | None = None,
    flags: Sequence[str] = (),
) -> Path:
    """Write the files and build a shared library from them, for `HostModel`.

    Args:
        files: C text by file name.
        directory: An existing folder; use a fresh one for each library, because a process loads
            a path only once.
        compiler: Command of the compiler; by default that of `find_compiler`.
        flags: Additional compiler flags.

    Raises:
        ToolchainError: There is no compiler, or it refused the C.
    """
    command = compiler or find_compiler() or ()
    # The process that loads the library has libc already; zig would spend seconds on its own.
    lean = ("-nostdlib",) if sys.platform == "linux" and "ziglang" in command else ()
    return compile_c(files, directory / "model.so", command, ("-fPIC", "-shared", *lean, *flags))


def compile_c(
    files: Mapping[str, str],
    product: Path,
    compiler: Sequence[str] | None = None,
    flags: Sequence[str] = (),
) -> Path:
    """Write the files into the folder of the product, and compile and link those in C."""
    command = compiler or find_compiler()
    if not command:
        raise ToolchainError(
            "host compiler: found none of cc, gcc, clang and ziglang; "
            "run: pip install 'tinypareto[compiler]'"
        )
    for name, text in files.items():
        (product.parent / name).write_text(text, encoding="ascii", newline="\n")
    sources = [name for name in files if name.endswith(".c")]
    # The flags come last: linkers search a library for what the sources before it lack.
    compile_and_link = [*command, "-std=c99", "-O2", "-o", product.name, *sources, *flags]
    call(compile_and_link, product.parent, "host compiler")
    return product


class HostModel:
    """A network compiled for this machine; it owns the arena."""

    def __init__(self, library: Path, graph: Graph) -> None:
        """Load the library that `compile_shared` built from `emit(graph, ...)`."""
        self._plan, self._shapes = plan(graph), graph.shapes()
        self._input, self._output = graph.input, graph.output
        try:
            self._run = ctypes.CDLL(str(library.resolve())).model_run
        except (OSError, AttributeError) as problem:
            raise ToolchainError(f"host model {library}: {problem}; compile it again") from problem
        self._run.argtypes, self._run.restype = [ctypes.c_void_p], None
        self._memory = np.full(self._plan.arena_bytes + 2 * GUARD_BYTES, GUARD, np.int8)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Compute the outputs; they equal those of `graph.interpreter.run`.

        Args:
            x: Quantized inputs, int8, shape (n, height, width, channels).

        Returns:
            Quantized outputs, int8, shape (n, features).

        Raises:
            DataError: The inputs have another shape or type.
            ToolchainError: The network wrote outside its arena.
        """
        if x.shape[1:] != self._shapes[self._input] or x.dtype != np.int8:
            raise DataError(
                f"host model: got input {x.dtype} {x.shape}, wanted int8 "
                f"(n, {', '.join(map(str, self._shapes[self._input]))})"
            )
        arena = self._memory[GUARD_BYTES:-GUARD_BYTES]
        source, result = self._view(arena, self._input), self._view(arena, self._output)
        outputs = np.empty((len(x), *result.shape), np.int8)
        for sample, output in zip(x, outputs, strict=True):
            source[...] = sample
            self._run(arena.ctypes.data)
            output[...] = result
        guards = self._memory[:GUARD_BYTES], self._memory[-GUARD_BYTES:]
        if any((guard != GUARD).any() for guard in guards):
            raise ToolchainError("host model: it wrote outside its arena; please report this bug")
        return outputs.reshape(len(x), -1)

    def _view(self, arena: NDArray[np.int8], tensor: str) -> NDArray[np.int8]:
        shape, start = self._shapes[tensor], self._plan.offsets[tensor]
        size = int(np.prod(shape))
        return arena[start : start + size].reshape(shape)
