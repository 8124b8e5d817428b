"""Decodes what the time of a Thumb instruction depends on: its length and registers moved."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinypareto.targets.backends.executed import executed_words


def instruction_words(code: bytes, executed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Registers that executed instructions load or store; see `executed_words`."""
    return executed_words(code, executed, _decode)


def _decode(halfwords: Sequence[int], index: int) -> tuple[int, int]:
    first = halfwords[index]
    # Instructions of 32 bits begin with 11101, 11110 or 11111 (Arm DDI 0403, A5.1).
    if first >> 11 < 0b11101:
        return 1, _narrow(first)
    return 2, _wide(first, halfwords[index + 1])


def _narrow(code: int) -> int:
    """Number of registers that a 16-bit instruction moves (Arm DDI 0403, A5.2)."""
    top = code >> 12
    # LDR and STR of all sizes, with a register, an immediate, SP or (01001) PC as the base.
    if top in (0b0101, 0b0110, 0b0111, 0b1000, 0b1001) or code >> 11 == 0b01001:
        return 1
    # LDM and STM: one bit for each of the low registers.
    if top == 0b1100:
        return (code & 0xFF).bit_count()
    # PUSH and POP: the low registers, and LR or PC.
    if code >> 9 in (0b1011010, 0b1011110):
        return (code & 0x1FF).bit_count()
    return 0


def _wide(first: int, second: int) -> int:
    """Number of registers that a 32-bit instruction moves (Arm DDI 0403, A5.3)."""
    if first >> 9 == 0b1111100:
        # A load of a byte or halfword into register 15 is a preload and moves nothing.
        return int(not (first & 0x10 and second >> 12 == 15 and not first & 0x40))
    if first >> 9 == 0b1110100:
        if first & 0x40:
            # LDRD and STRD move two registers; exclusive accesses, TBB and TBH move one.
            return 2 if first & 0x120 else 1
        # LDM and STM: one bit for each register.
        return second.bit_count()
    return 0
