"""Runs a linked program in this process with unicorn, and counts what it executes.

Only this module, `unicorn_backend` and `counter` import unicorn.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinypareto.errors import ToolchainError
from tinypareto.targets.backend import Core
from tinypareto.targets.backends.counter import attach_counter
from tinypareto.targets.backends.unicorn_backend import InstructionSet
from tinypareto.targets.elf import Program
from tinypareto.targets.emulation import FILL, Emulator, Work

PAGE = 4096


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
        self._decoder = importlib.import_module(f"{__package__}.{instruction_set.decoder}")
        self._start_bit = instruction_set.start_bit
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
            self._chip.emu_start(self._address(start) | self._start_bit, until)
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
        words = self._decoder.instruction_words(self._program.code[1], total)
        starts = np.flatnonzero(words >= 0)
        return {
            name: Work(
                int(times[starts].sum()),
                int(times[starts] @ words[starts]),
                self._counter.jumps[name],
            )
            for name, times in executed.items()
        }
