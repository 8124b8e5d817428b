"""How often each halfword of a program runs between marks.

A block of code that unicorn enters is counted by a compiled hook (`count.c`), or where there is no
host compiler by the same in Python.
"""

import ctypes
import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.targets.host import compile_shared
from tinypareto.targets.toolchain import CHIP


class _Counts(ctypes.Structure):
    """As in count.c."""

    _fields_ = (
        ("origin", ctypes.c_uint64),
        ("halfwords", ctypes.c_uint64),
        ("changes", ctypes.c_void_p),
        ("next", ctypes.c_uint64),
        ("jumps", ctypes.c_uint64),
    )


class Counter:
    """How often each halfword of the code runs between marks, by the blocks that are entered."""

    def __init__(self, origin: int, code: bytes) -> None:
        self.jumps: dict[str, int] = {}
        self._done: dict[str, NDArray[np.int64]] = {}
        self._name = ""
        # The last one takes what ends at the end of the code.
        self._changes = np.zeros(len(code) // 2 + 1, np.int64)
        self.counts = _Counts(origin, len(code) // 2, self._changes.ctypes.data, 0, 0)

    def begin(self, name: str) -> None:
        """Forget all and count for that mark."""
        self.jumps, self._done, self._name = {}, {}, name
        self._changes[:] = 0
        self.counts.jumps = 0

    def mark(self, address: int, name: str) -> None:
        """Count for another mark; the block that is running is split at it.

        A mark may head a loop of its layer, and is then met again in every round.
        """
        if name == self._name:
            return
        inside = self._halfword(address), self._halfword(self.counts.next)
        self._changes[list(inside)] += -1, 1
        self._store()
        self._name = name
        self._changes[list(inside)] += 1, -1

    def end(self) -> dict[str, NDArray[np.int64]]:
        """By mark: differences of how often a halfword ran, against the one before it."""
        self._store()
        return self._done

    def block(self, _chip: Any, address: int, size: int, _data: Any) -> None:
        """The same as in count.c, several times slower."""
        first, behind = self._halfword(address), self._halfword(address + size)
        if first >= 0 and behind < len(self._changes):
            self._changes[first] += 1
            self._changes[behind] -= 1
        self.counts.jumps += address != self.counts.next
        self.counts.next = address + size

    def _halfword(self, address: int) -> int:
        return int(address - self.counts.origin) // 2

    def _store(self) -> None:
        self._done[self._name] = self._changes[:-1].copy()
        self.jumps[self._name] = int(self.counts.jumps)
        self._changes[:] = 0
        self.counts.jumps = 0


def attached(chip: Any, unicorn: Any, code: tuple[int, bytes]) -> Counter:
    """Count what a chip executes of its code, given with its address."""
    made = Counter(*code)
    native = native_hook()
    if native is None or not _attach(chip, unicorn.UC_HOOK_BLOCK, native, made):
        chip.hook_add(unicorn.UC_HOOK_BLOCK, made.block)
    return made


def _attach(chip: Any, kind: int, hook: Any, counter: Counter) -> bool:
    """Hook a C function, which unicorn's Python interface does not offer."""
    try:
        from unicorn.unicorn_py3.unicorn import uclib

        handle = chip._uch
    except (ImportError, AttributeError):
        return False
    add: Callable[..., int] = uclib.uc_hook_add
    everything = ctypes.c_uint64(1), ctypes.c_uint64(0)
    function, data = ctypes.cast(hook, ctypes.c_void_p), ctypes.byref(counter.counts)
    key = ctypes.c_size_t()
    return add(handle, ctypes.byref(key), kind, function, data, *everything) == 0


@functools.cache
def native_hook() -> Any:
    """`count_block` of count.c; None without a host compiler."""
    text = {"count.c": (CHIP / "count.c").read_text(encoding="ascii")}
    try:
        library = compile_shared(text, Path(_hook_folder().name))
    except ToolchainError:
        return None
    return ctypes.CDLL(str(library)).count_block


@functools.cache
def _hook_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="tinypareto-hook-", ignore_cleanup_errors=True)
