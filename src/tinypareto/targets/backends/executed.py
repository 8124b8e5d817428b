"""Finds the instructions that an emulated program executed, for any set of 16- and 32-bit codes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Decode = Callable[[Sequence[int], int], tuple[int, int]]
"""Function from the halfwords and the index of an instruction to its length in halfwords and the
number of registers that it loads or stores."""


def executed_words(code: bytes, executed: NDArray[np.int64], decode: Decode) -> NDArray[np.int64]:
    """Find where executed instructions begin and how many registers they load or store.

    Args:
        code: The program from an even address on.
        executed: How often each halfword ran, shape (halfwords,).
        decode: Decodes one instruction.

    Returns:
        -1 inside an instruction and where nothing ran; at the start of an instruction, the number
        of registers that it loads or stores. Shape (halfwords,).
    """
    halfwords = np.frombuffer(code[: len(executed) * 2], "<u2").astype(int).tolist()
    words = np.full(len(executed), -1, np.int64)
    index = 0
    while index < len(halfwords):
        # A stretch of executed code starts with an instruction: the literals between stretches
        # never execute.
        if executed[index]:
            length, words[index] = decode(halfwords, index)
            index += length
        else:
            index += 1
    return words
