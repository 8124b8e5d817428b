"""Counts how often each halfword of a program runs between marks.

unicorn calls a hook for each block of code that it enters: a compiled one (`count.c`), or the same
in Python if there is no host compiler. The hook only notes where the block begins and ends, as +1
and -1 in an array of differences; their running sum is how often each halfword ran.
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

SOURCE = Path(__file__).parents[1] / "chip" / "count.c"


class _Counts(ctypes.Structure):
    """The `struct counts` of count.c."""

    _fields_ = (
        ("origin", ctypes.c_uint64),
        ("halfwords", ctypes.c_uint64),
        ("changes", ctypes.c_void_p),
        ("next", ctypes.c_uint64),
        ("jumps", ctypes.c_uint64),
    )


class Counter:
    """Counts the halfwords of a program's code that run between marks.

    Attributes:
        jumps: Transfers to anything but the next instruction, by mark.
        counts: Counters that the hook changes.
    """

    def __init__(self, origin: int, code: bytes) -> None:
        """Prepare to count.

        Args:
            origin: First address of the code.
            code: The code.
        """
        self.jumps: dict[str, int] = {}
        self._done: dict[str, NDArray[np.int64]] = {}
        self._name = ""
        # One more than there are halfwords: a block may end where the code ends.
        self._changes = np.zeros(len(code) // 2 + 1, np.int64)
        self.counts = _Counts(origin, len(code) // 2, self._changes.ctypes.data, 0, 0)

    def begin(self, name: str) -> None:
        """Reset all counts and count for that mark."""
        self.jumps, self._done, self._name = {}, {}, name
        self._changes[:] = 0
        self.counts.jumps = 0

    def mark(self, address: int, name: str) -> None:
        """Count for another mark from this address on.

        The hook counted the running block as a whole when it was entered: its part from the mark
        on moves from the old mark to the new one. A mark may head a loop of its layer and is then
        met in every round.
        """
        if name == self._name:
            return
        rest = [self._halfword(address), self._halfword(self.counts.next)]
        self._changes[rest] += -1, 1
        self._store()
        self._name = name
        self._changes[rest] += 1, -1

    def end(self) -> dict[str, NDArray[np.int64]]:
        """End counting.

        Returns:
            How often each halfword ran minus how often the one before it ran, shape (halfwords,),
            by mark.
        """
        self._store()
        return self._done

    def block(self, _chip: Any, address: int, size: int, _data: Any) -> None:
        """Count a block; the same as `count_block` in count.c, several times slower."""
        first, end = self._halfword(address), self._halfword(address + size)
        if first >= 0 and end < len(self._changes):
            self._changes[first] += 1
            self._changes[end] -= 1
        self.counts.jumps += address != self.counts.next
        self.counts.next = address + size

    def _halfword(self, address: int) -> int:
        return int(address - self.counts.origin) // 2

    def _store(self) -> None:
        self._done[self._name] = self._changes[:-1].copy()
        self.jumps[self._name] = int(self.counts.jumps)
        self._changes[:] = 0
        self.counts.jumps = 0


def attach_counter(chip: Any, unicorn: Any, code: tuple[int, bytes]) -> Counter:
    """Attach a counter to an engine of unicorn.

    Args:
        chip: The engine.
        unicorn: The module of unicorn.
        code: First address of the code, and the code.
    """
    counter = Counter(*code)
    native = native_hook()
    if native is None or not _attach(chip, unicorn.UC_HOOK_BLOCK, native, counter):
        chip.hook_add(unicorn.UC_HOOK_BLOCK, counter.block)
    return counter


def _attach(chip: Any, kind: int, hook: Any, counter: Counter) -> bool:
    """Attach a C function as a hook, which unicorn's Python interface does not offer."""
    try:
        from unicorn.unicorn_py3.unicorn import uclib

        handle = chip._uch
    except (ImportError, AttributeError):
        return False
    add: Callable[..., int] = uclib.uc_hook_add
    # An end before the begin stands for all addresses.
    everything = ctypes.c_uint64(1), ctypes.c_uint64(0)
    function, data = ctypes.cast(hook, ctypes.c_void_p), ctypes.byref(counter.counts)
    key = ctypes.c_size_t()
    return add(handle, ctypes.byref(key), kind, function, data, *everything) == 0


@functools.cache
def native_hook() -> Any:
    """The function `count_block` of count.c; None without a host compiler."""
    text = {SOURCE.name: SOURCE.read_text(encoding="ascii")}
    try:
        library = compile_shared(text, Path(_hook_folder().name))
    except ToolchainError:
        return None
    return ctypes.CDLL(str(library)).count_block


@functools.cache
def _hook_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="tinypareto-hook-", ignore_cleanup_errors=True)
