"""Decodes lengths and memory accesses of RISC-V instructions (RV32IMC)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinypareto.targets.backends.executed import executed_words


def instruction_words(code: bytes, executed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Registers that executed instructions load or store; see `executed_words`."""
    return executed_words(code, executed, _decode)


def _decode(halfwords: Sequence[int], index: int) -> tuple[int, int]:
    first = halfwords[index]
    # RISC-V Unprivileged ISA, 1.5: the lowest bits are 11 in instructions of 32 bits.
    return 2 if first & 3 == 3 else 1, _accesses(first)


def _accesses(first: int) -> int:
    """Whether the instruction that begins with this halfword is a load or store: 1, else 0."""
    quadrant = first & 3
    if quadrant == 3:
        # Opcodes LOAD and STORE (table "RISC-V base opcode map").
        return int(first & 0x7F in (0x03, 0x23))
    # C.LW and C.SW are in quadrant 0, C.LWSP and C.SWSP in quadrant 2, with the same funct3.
    return int(quadrant in (0, 2) and first >> 13 in (0b010, 0b110))
