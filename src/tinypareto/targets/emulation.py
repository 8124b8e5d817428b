"""Interface of an emulator: it runs a linked program and reports what was executed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from tinypareto.targets.elf import ARENA, Program

FILL = 0xA5
"""Painted over the stack before the run, so that untouched bytes can be recognized."""
LAYER = "layer_"
"""Prefix of the labels that `MODEL_LAYER` sets; see chip/marks.h."""


@dataclass(frozen=True)
class Work:
    """Work executed between two marks.

    Attributes:
        instructions: Number of executed instructions.
        words: Registers moved by loads and stores; None if the emulator does not report them.
        jumps: Transfers to anything but the next instruction; None if not reported.
    """

    instructions: int
    words: int | None = None
    jumps: int | None = None


@dataclass(frozen=True)
class Run:
    """Result of one inference.

    Attributes:
        output: Bytes of the output tensor.
        work: Work from each mark to the next one, by mark; `main` is the first.
    """

    output: bytes
    work: Mapping[str, Work]


class Emulator(ABC):
    """A chip that holds a program; its start-up code has run.

    A subclass gives access to the memory and runs the program from one label to another. It is a
    context manager, because an emulator may be a process of its own.
    """

    def __init__(self, program: Program) -> None:
        self._program = program

    def run(self, offset: int, values: bytes, output: tuple[int, int]) -> Run:
        """Run one inference.

        Args:
            offset: Position of the input in the arena, in bytes.
            values: The input tensor.
            output: Position and size of the output in the arena, in bytes.

        Raises:
            ToolchainError: The program faults or does not end.
        """
        arena = self._address(ARENA)
        self._write(arena + offset, values)
        work = self._infer()
        return Run(self._read(arena + output[0], output[1]), work)

    def stack_bytes(self) -> int:
        """Greatest depth of the stack so far, in bytes."""
        low, high = self._address("stack_low"), self._address("stack_top")
        content = np.frombuffer(self._read(low, high - low), np.uint8)
        used = np.flatnonzero(content != FILL)
        return int(high - low - used[0]) if used.size else 0

    def close(self) -> None:
        """Release what the emulator holds."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _read(self, address: int, count: int) -> bytes:
        """Bytes of the chip's memory."""

    @abstractmethod
    def _write(self, address: int, content: bytes) -> None:
        """Change the chip's memory."""

    @abstractmethod
    def _infer(self) -> Mapping[str, Work]:
        """Run from `main` to `done` on an empty stack; returns the work by mark."""

    def _address(self, name: str) -> int:
        return self._program.symbols[name].address

    def _marks(self) -> dict[str, int]:
        """Addresses of the layers' labels, in the order of execution."""
        symbols = self._program.symbols
        numbers = [
            int(number)
            for name in symbols
            if name.startswith(LAYER) and (number := name.removeprefix(LAYER)).isdecimal()
        ]
        return {f"{LAYER}{n}": symbols[f"{LAYER}{n}"].address for n in sorted(numbers)}
