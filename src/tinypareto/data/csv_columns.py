"""Columns of a CSV file, collected from blocks of rows so that their text is not held in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from sys import intern

import numpy as np
from numpy.typing import NDArray

MISSING = ("", "?")
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Fault:
    """The first cell of a column that is no usable number.

    Attributes:
        line: Line number in the file.
        cell: Text of the cell.
        infinite: Whether it is a number that float32 cannot represent.
    """

    line: int
    cell: str
    infinite: bool


@dataclass
class Column:
    """A column of numbers, or of text if that is asked for; its numbers end at the first fault.

    Attributes:
        comma: Whether a comma is a decimal mark too.
        keep: Whether to keep the text.
        blocks: Values of each block, float64; NaN where one is missing.
        text: Cells, if they are kept.
        fault: The first cell that is no usable number.
        marks: Decimal marks that occur.
    """

    comma: bool
    keep: bool
    blocks: list[NDArray[np.float64]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    fault: Fault | None = None
    marks: set[str] = field(default_factory=set)

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Append the cells of a block, whose lines are given."""
        if self.keep:
            self.text += map(intern, cells)
        if self.fault is not None:
            return
        present = ["nan" if cell in MISSING else cell for cell in cells]
        if self.comma:
            self.marks |= {mark for mark in ".," if any(mark in cell for cell in present)}
            present = [cell.replace(",", ".") for cell in present]
        try:
            values = np.array(present, np.float64)
        except ValueError:
            values = np.array([float(c) if is_number(c) else np.nan for c in present])
            self._fail([not is_number(cell) for cell in present], cells, lines, infinite=False)
        self._fail(np.abs(values) > LARGEST, cells, lines, infinite=True)
        self.blocks.append(values)

    def _fail(
        self,
        bad: Sequence[bool] | NDArray[np.bool_],
        cells: Sequence[str],
        lines: Sequence[int],
        *,
        infinite: bool,
    ) -> None:
        if self.fault is None and np.any(bad):
            row = int(np.argmax(bad))
            self.fault = Fault(lines[row], cells[row], infinite)


def is_number(cell: str) -> bool:
    """Tell whether a text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
