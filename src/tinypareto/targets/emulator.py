"""Runs a linked program in this process, by unicorn, and counts what it executes.

unicorn is GPLv2 and an optional extra; this is the only module that imports it.
"""

import ctypes
import functools
import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.targets.cores import CORES, Core, core
from tinypareto.targets.elf import Program
from tinypareto.targets.host import compile_shared
from tinypareto.targets.thumb import instruction_words
from tinypareto.targets.toolchain import CHIP

PAGE = 4096
FILL = 0xA5
LAYER = "layer_"
INSTALL = "emulation: unicorn is not installed; run: pip install 'tinypareto[emulate]'"


@dataclass(frozen=True)
class Work:
    """What was executed between two marks.

    Attributes:
        instructions: All of them.
        words: Registers that loads and stores moved.
        jumps: Transfers to anything but the next instruction.
    """

    instructions: int
    words: int
    jumps: int


@dataclass(frozen=True)
class Run:
    """What one inference did.

    Attributes:
        output: Bytes of the output tensor.
        work: By mark: from it to the next one.
    """

    output: bytes
    work: dict[str, Work]


class Emulator:
    """A chip with a program; it starts when made."""

    def __init__(self, program: Program, chip: Core) -> None:
        """Load the program and run its start-up code.

        Raises:
            ToolchainError: unicorn is missing or does not know the core, or the program faults.
        """
        unicorn, model = check_emulation(chip.name)
        self._program = program
        self._error = unicorn.UcError
        self._registers = unicorn.arm_const
        self._chip = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._chip.ctl_set_cpu_model(getattr(unicorn.arm_const, model))
        self._load(unicorn)
        self._counter = _counter(self._chip, unicorn, program.code)
        for name, symbol in program.symbols.items():
            if name.startswith(LAYER):
                here = symbol.address
                self._chip.hook_add(unicorn.UC_HOOK_CODE, self._at_mark, name, here, here)
        self._go("Reset_Handler", "main")

    def run(self, offset: int, given: bytes, output: tuple[int, int]) -> Run:
        """One inference.

        Args:
            offset: Of the input in the arena.
            given: The input.
            output: Offset and bytes of the output in the arena.

        Raises:
            ToolchainError: The program faults.
        """
        arena = self._address("arena")
        self._chip.mem_write(arena + offset, given)
        self._counter.begin("main")
        self._go("main", "done")
        made = bytes(self._chip.mem_read(arena + output[0], output[1]))
        return Run(made, self._work())

    def stack_bytes(self) -> int:
        """The deepest that the stack ever was."""
        low, high = self._address("stack_low"), self._address("stack_top")
        content = np.frombuffer(self._chip.mem_read(low, high - low), np.uint8)
        used = np.flatnonzero(content != FILL)
        return int(high - low - used[0]) if used.size else 0

    def _address(self, name: str) -> int:
        return self._program.symbols[name].address

    def _load(self, unicorn: Any) -> None:
        symbols = self._program.symbols
        flash = min(self._program.segments)
        flash_end = max(start + len(data) for start, data in self._program.segments.items())
        self._map(flash, flash_end, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        low, high = symbols["stack_low"].address, symbols["bss_high"].address
        self._map(low, high, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        for start, data in self._program.segments.items():
            self._chip.mem_write(start, data)
        self._chip.mem_write(low, bytes([FILL]) * (high - low))

    def _map(self, low: int, high: int, access: int) -> None:
        start = low // PAGE * PAGE
        self._chip.mem_map(start, -(-(high - start) // PAGE) * PAGE, access)

    def _at_mark(self, _chip: Any, address: int, _size: int, name: str) -> None:
        self._counter.mark(address, name)

    def _go(self, start: str, end: str) -> None:
        """Run from one label to another, on an empty stack."""
        self._chip.reg_write(self._registers.UC_ARM_REG_SP, self._address("stack_top"))
        until = self._address(end) & ~1
        try:
            self._chip.emu_start(self._address(start) | 1, until)
        except self._error as problem:
            raise ToolchainError(
                f"emulation: {problem} at {self._pc():#x}; please report this bug"
            ) from problem
        if self._pc() != until:
            raise ToolchainError(
                f"emulation: the program stopped at {self._pc():#x}; please report this bug"
            )

    def _pc(self) -> int:
        return int(self._chip.reg_read(self._registers.UC_ARM_REG_PC)) & ~1

    def _work(self) -> dict[str, Work]:
        executed = {name: np.cumsum(part) for name, part in self._counter.end().items()}
        total = np.sum(list(executed.values()), axis=0)
        words = instruction_words(self._program.code[1], total)
        starts = np.flatnonzero(words >= 0)
        return {
            name: Work(
                int(times[starts].sum()),
                int(times[starts] @ words[starts]),
                self._counter.jumps[name],
            )
            for name, times in executed.items()
        }


def available() -> bool:
    """Whether unicorn is installed."""
    return importlib.util.find_spec("unicorn") is not None


def check_emulation(name: str) -> tuple[Any, str]:
    """The emulator's module, and its name of the core of that name.

    Raises:
        ToolchainError: unicorn is not installed, or does not know the core.
    """
    try:
        import unicorn
        import unicorn.arm_const
    except ImportError as problem:
        raise ToolchainError(INSTALL) from problem
    model = core(name).emulated
    if model is None:
        known = ", ".join(chip.name for chip in CORES.values() if chip.emulated)
        raise ToolchainError(f"emulation: unicorn has no {name}; it has {known}")
    return unicorn, model


class _Counts(ctypes.Structure):
    """As in count.c."""

    _fields_ = (
        ("origin", ctypes.c_uint64),
        ("halfwords", ctypes.c_uint64),
        ("changes", ctypes.c_void_p),
        ("next", ctypes.c_uint64),
        ("jumps", ctypes.c_uint64),
    )


class _Counter:
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


def _counter(chip: Any, unicorn: Any, code: tuple[int, bytes]) -> _Counter:
    made = _Counter(*code)
    native = _native_hook()
    if native is None or not _attach(chip, unicorn.UC_HOOK_BLOCK, native, made):
        chip.hook_add(unicorn.UC_HOOK_BLOCK, made.block)
    return made


def _attach(chip: Any, kind: int, hook: Any, counter: _Counter) -> bool:
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
def _native_hook() -> Any:
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
