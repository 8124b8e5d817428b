"""Decodes lengths and memory accesses of RISC-V instructions (RV32IMC)."""

import numpy as np
from numpy.typing import NDArray


def instruction_words(code: bytes, executed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find where executed instructions begin and how many registers they load or store.

    Args:
        code: The program from an even address on.
        executed: How often each halfword ran, shape (halfwords,).

    Returns:
        -1 inside an instruction and where nothing ran; at the start of an instruction, the number
        of registers that it loads or stores. Shape (halfwords,).
    """
    halfwords = np.frombuffer(code[: len(executed) * 2], "<u2").astype(int).tolist()
    words = np.full(len(executed), -1, np.int64)
    index = 0
    while index < len(halfwords):
        if not executed[index]:
            index += 1
            continue
        words[index] = _accesses(halfwords[index])
        # RISC-V Unprivileged ISA, 1.5: the lowest bits are 11 in instructions of 32 bits.
        index += 2 if halfwords[index] & 3 == 3 else 1
    return words


def _accesses(first: int) -> int:
    """Whether the instruction that begins with this halfword is a load or store: 1, else 0."""
    quadrant = first & 3
    if quadrant == 3:
        # Opcodes LOAD and STORE (table "RISC-V base opcode map").
        return int(first & 0x7F in (0x03, 0x23))
    # C.LW and C.SW are in quadrant 0, C.LWSP and C.SWSP in quadrant 2, with the same funct3.
    return int(quadrant in (0, 2) and first >> 13 in (0b010, 0b110))
