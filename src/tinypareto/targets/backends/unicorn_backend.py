"""The emulator's side of backends that run programs in unicorn.

unicorn is GPLv2 and an optional extra.
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tinypareto.errors import ToolchainError
from tinypareto.targets.backend import Backend, Core

if TYPE_CHECKING:
    from tinypareto.targets.elf import Program
    from tinypareto.targets.emulation import Emulator

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
        decoder: Module of `tinypareto.targets.backends` whose `instruction_words` finds, from the
            code and how often each of its halfwords ran, the number of registers that the
            instruction at each halfword loads or stores, or -1 where no executed instruction
            begins.
    """

    engine: str
    modes: tuple[str, ...]
    constants: str
    stack_pointer: str
    program_counter: str
    start_bit: int
    decoder: str


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

    def load(self, program: "Program", core: Core) -> "Emulator":
        """Load the program and run its start-up code; see `Backend.load`."""
        if reason := self.missing(core):
            raise ToolchainError(reason)
        from tinypareto.targets.backends.unicorn_emulator import UnicornEmulator

        return UnicornEmulator(program, core, self.instruction_set)
