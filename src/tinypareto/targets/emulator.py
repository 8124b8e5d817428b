"""Runs a linked program in this process, by unicorn, and counts what it executes.

unicorn is GPLv2 and an optional extra; only this module and `counter` import it.
"""

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinypareto.errors import ToolchainError
from tinypareto.targets.cores import CORES, Core, core
from tinypareto.targets.counter import attached
from tinypareto.targets.elf import Program
from tinypareto.targets.thumb import instruction_words

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
        self._counter = attached(self._chip, unicorn, program.code)
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
