"""Processor cores, and the interface of the backends that compile for them and run them.

A backend serves a family of cores: it knows their compiler flags and start-up code, the emulator
that runs a linked program, and how executed instructions are counted and decoded.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    # NumPy comes with them, and the list of boards does not wait for it.
    from tinypareto.targets.elf import Program
    from tinypareto.targets.emulation import Emulator


@dataclass(frozen=True)
class Timing:
    """Model of a core's time: cycles = (instructions + word * words + jump * jumps) * scale.

    Attributes:
        word: Additional cycles of a load or store for each register that it moves.
        jump: Additional cycles of a taken branch.
        scale: Factor relative to the core for which the first two are documented.
        source: Documents of the numbers.
    """

    word: float
    jump: float
    scale: float
    source: str

    def cycles(self, instructions: int, words: int, jumps: int) -> float:
        """The estimate, in clock cycles."""
        return (instructions + self.word * words + self.jump * jumps) * self.scale


class Backend(ABC):
    """How programs for a family of cores are compiled, run and counted.

    Attributes:
        name: Name in listings.
        start_up: File in `targets/chip` that holds the code before `main`.
        gcc: GNU compiler of the family, for `--toolchain gcc`; empty if none is supported.
        for_search: Whether a search runs each candidate here. The emulator must then come with
            pip, so that all workers of a search report the same numbers.
    """

    name: ClassVar[str]
    start_up: ClassVar[str]
    gcc: ClassVar[str] = ""
    for_search: ClassVar[bool] = True

    @abstractmethod
    def target(self, core: "Core") -> str:
        """Clang's target triple."""

    @abstractmethod
    def flags(self, core: "Core") -> tuple[str, ...]:
        """Compiler flags that clang and gcc share."""

    @abstractmethod
    def missing(self, core: "Core") -> str:
        """One line that says why the core cannot be emulated here; empty if it can."""

    @abstractmethod
    def load(self, program: "Program", core: "Core") -> "Emulator":
        """Start a chip that holds the program and run its start-up code.

        Raises:
            ToolchainError: The emulator is missing or does not know the core, or the program
                faults.
        """

    def origins(self, flash: int, ram: int) -> tuple[int, int]:
        """First addresses of flash and RAM at which the emulator runs a program of a board.

        Args:
            flash: First address of the board's flash.
            ram: First address of the board's RAM.
        """
        return flash, ram


@dataclass(frozen=True)
class Core:
    """A processor core.

    Attributes:
        name: Name that compilers use.
        backend: Backend of its family.
        architecture: Instruction set, as the backend's `target` and `flags` spell it.
        model: Name of the core in the backend's emulator; empty if the emulator lacks the core,
            which leaves the sizes of the linked program.
        timing: Model of its cycles; None if no source is known.
    """

    name: str
    backend: Backend
    architecture: str
    model: str
    timing: Timing | None = None

    @property
    def missing(self) -> str:
        """One line that says why the core cannot be emulated here; empty if it can."""
        return self.backend.missing(self)

    @property
    def for_search(self) -> bool:
        """Whether a search emulates its candidates on this core."""
        return self.backend.for_search and bool(self.model)

    def load(self, program: "Program") -> "Emulator":
        """Start a chip that holds the program; see `Backend.load`."""
        return self.backend.load(program, self)
