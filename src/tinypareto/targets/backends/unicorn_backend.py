"""Runs linked programs in this process with unicorn, and counts what they execute.

unicorn is GPLv2 and an optional extra; only this module and `counter` import it.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.targets.backend import Backend, Core
from tinypareto.targets.backends.counter import attach_counter
from tinypareto.targets.elf import Program
from tinypareto.targets.emulation import FILL, Emulator, Work

PAGE = 4096
INSTALL = "emulation: unicorn is not installed; run: pip install 'tinypareto[emulate]'"


@dataclass(frozen=True)
class InstructionSet:
    """Names in unicorn that differ from one instruction set to another.

    Attributes:
        engine: Name of its engine.
        modes: Names of the engine's modes.
        constants: Module with the names of registers and models.
        stack_pointer: Name of that register.
        program_counter: Name of that register.
        start_bit: Bit of an address that selects the instruction set where execution starts.
        instruction_words: Decoder: from the code and how often each of its halfwords ran, the
            number of registers that the instruction at each halfword loads or stores, or -1 where
            no executed instruction begins.
    """

    engine: str
    modes: tuple[str, ...]
    constants: str
    stack_pointer: str
    program_counter: str
    start_bit: int
    instruction_words: Callable[[bytes, NDArray[np.int64]], NDArray[np.int64]]


class UnicornBackend(Backend):
    """The emulator's side of every backend that uses unicorn.

    Attributes:
        instruction_set: The backend's instruction set.
    """

    instruction_set: ClassVar[InstructionSet]

    def missing(self, core: Core) -> str:
        """One line that says why the core cannot be emulated here; empty if it can."""
        try:
            importlib.import_module("unicorn")
        except ImportError:
            return INSTALL
        return "" if core.model else f"emulation: unicorn has no {core.name}"

    def load(self, program: Program, core: Core) -> Emulator:
        """Load the program and run its start-up code; see `Backend.load`."""
        if reason := self.missing(core):
            raise ToolchainError(reason)
        return UnicornEmulator(program, core, self.instruction_set)


class UnicornEmulator(Emulator):
    """A chip in this process."""

    def __init__(self, program: Program, core: Core, instruction_set: InstructionSet) -> None:
        """Load the program and run its start-up code.

        Raises:
            ToolchainError: The program faults.
        """
        super().__init__(program)
        unicorn = importlib.import_module("unicorn")
        constants = importlib.import_module(f"unicorn.{instruction_set.constants}")
        self._set = instruction_set
        self._error: type[Exception] = unicorn.UcError
        self._stack_pointer = getattr(constants, instruction_set.stack_pointer)
        self._program_counter = getattr(constants, instruction_set.program_counter)
        modes = sum(getattr(unicorn, mode) for mode in instruction_set.modes)
        self._chip = unicorn.Uc(getattr(unicorn, instruction_set.engine), modes)
        self._chip.ctl_set_cpu_model(getattr(constants, core.model))
        self._load(unicorn)
        self._counter = attach_counter(self._chip, unicorn, program.code)
        for name, address in self._marks().items():
            self._chip.hook_add(unicorn.UC_HOOK_CODE, self._at_mark, name, address, address)
        self._go("Reset_Handler", "main")

    def _read(self, address: int, count: int) -> bytes:
        return bytes(self._chip.mem_read(address, count))

    def _write(self, address: int, content: bytes) -> None:
        self._chip.mem_write(address, content)

    def _infer(self) -> Mapping[str, Work]:
        self._counter.begin("main")
        self._go("main", "done")
        return self._work()

    def _load(self, unicorn: Any) -> None:
        segments = self._program.segments
        flash_end = max(start + len(data) for start, data in segments.items())
        self._map(min(segments), flash_end, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        low, high = self._address("stack_low"), self._address("bss_high")
        self._map(low, high, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        for start, data in segments.items():
            self._write(start, data)
        self._write(low, bytes([FILL]) * (high - low))

    def _map(self, low: int, high: int, access: int) -> None:
        start = low // PAGE * PAGE
        self._chip.mem_map(start, -(-(high - start) // PAGE) * PAGE, access)

    def _at_mark(self, _chip: Any, address: int, _size: int, name: str) -> None:
        self._counter.mark(address, name)

    def _go(self, start: str, end: str) -> None:
        """Run from one label to another, on an empty stack."""
        self._chip.reg_write(self._stack_pointer, self._address("stack_top"))
        # Symbols of Thumb functions are odd, but the program counter is even on every core.
        until = self._address(end) & ~1
        try:
            self._chip.emu_start(self._address(start) | self._set.start_bit, until)
        except self._error as problem:
            raise ToolchainError(
                f"emulation: {problem} at {self._pc():#x}; please report this bug"
            ) from problem
        if self._pc() != until:
            raise ToolchainError(
                f"emulation: the program stopped at {self._pc():#x}; please report this bug"
            )

    def _pc(self) -> int:
        return int(self._chip.reg_read(self._program_counter)) & ~1

    def _work(self) -> dict[str, Work]:
        executed = {name: np.cumsum(part) for name, part in self._counter.end().items()}
        total = np.sum(list(executed.values()), axis=0)
        words = self._set.instruction_words(self._program.code[1], total)
        starts = np.flatnonzero(words >= 0)
        return {
            name: Work(
                int(times[starts].sum()),
                int(times[starts] @ words[starts]),
                self._counter.jumps[name],
            )
            for name, times in executed.items()
        }
