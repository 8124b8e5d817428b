"""Reads what the time of an instruction depends on from its code: length and registers moved."""

import numpy as np
from numpy.typing import NDArray


def instruction_words(code: bytes, executed: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each executed halfword is.

    Args:
        code: The program, from an even address on.
        executed: How often each halfword ran, shape (halfwords,).

    Returns:
        -1 inside an instruction and where nothing ran; where one begins, the number of registers
        that it loads or stores. Shape (halfwords,).
    """
    halves = np.frombuffer(code[: len(executed) * 2], "<u2").astype(int).tolist()
    words = np.full(len(executed), -1, np.int64)
    at = 0
    while at < len(halves):
        # A run of executed code starts with an instruction: literals between runs never execute.
        if not executed[at]:
            at += 1
            continue
        first = halves[at]
        if first >> 11 < 0b11101:
            words[at] = _narrow(first)
            at += 1
        else:
            words[at] = _wide(first, halves[at + 1])
            at += 2
    return words


def _narrow(code: int) -> int:
    """Registers that a 16-bit instruction moves (Arm DDI 0403, A5.2)."""
    top = code >> 12
    if top in (0b0101, 0b0110, 0b0111, 0b1000, 0b1001) or code >> 11 == 0b01001:
        return 1
    if top == 0b1100:
        return (code & 0xFF).bit_count()
    if code >> 9 in (0b1011010, 0b1011110):
        return (code & 0x1FF).bit_count()
    return 0


def _wide(first: int, second: int) -> int:
    """Registers that a 32-bit instruction moves (Arm DDI 0403, A5.3)."""
    if first >> 9 == 0b1111100:
        # Without destination it only prefetches.
        return int(not (first & 0x10 and second >> 12 == 15 and not first & 0x40))
    if first >> 9 == 0b1110100:
        if first & 0x40:
            # Double or exclusive; TBB and TBH look one entry up.
            return 2 if first & 0x120 else 1
        return second.bit_count()
    return 0
