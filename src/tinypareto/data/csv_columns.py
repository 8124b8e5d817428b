"""Columns of a CSV file, collected from blocks of rows so that their text is not held in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.table import LARGEST, MISSING, Column, Fault, Words
from tinypareto.data.times import as_seconds, is_time_name

Floats = NDArray[np.float64]


@dataclass
class ColumnReader:
    """A column of numbers, or of text if that is asked for; its numbers end at the first fault.

    Attributes:
        name: Name of the column.
        comma: Whether a comma is a decimal mark too.
        keep: Whether to keep the text.
        marks: Decimal marks that occur.
    """

    name: str
    comma: bool
    keep: bool
    marks: set[str] = field(default_factory=set)
    _rows: int = 0
    _blocks: list[NDArray[np.float32]] = field(default_factory=list)
    _fault: Fault | None = None
    _codes: list[NDArray[np.int32]] = field(default_factory=list)
    _names: dict[str, int] = field(default_factory=dict)
    _times: list[Floats] | None = field(default_factory=list)
    _last: Floats = field(default_factory=lambda: np.empty(0))
    _forward: int = 0
    _back: int = 0

    def __post_init__(self) -> None:
        if not is_time_name(self.name):
            self._times = None

    def add(self, cells: Sequence[str]) -> None:
        """Append the cells of a block of rows."""
        if self.keep:
            names = self._names
            known = ("" if cell in MISSING or cell.lower() == "nan" else cell for cell in cells)
            self._codes.append(np.array([names.setdefault(c, len(names)) for c in known], np.int32))
        if self._fault is None:
            self._add_numbers(cells)
        elif self._times is not None:
            self._add_dates(cells)
        self._rows += len(cells)

    def done(self) -> Column:
        """Join the blocks, which are not needed any more."""
        values = np.empty(0, np.float32) if self._fault else np.concatenate(self._blocks)
        self._blocks.clear()
        words = None
        if self.keep:
            words = Words.numbered(self._names, np.concatenate(self._codes))
            self._codes.clear()
        times = np.concatenate(self._times) if self._times else None
        steps = self._forward, self._back
        dates = self._fault is not None and not self._fault.infinite
        return Column(values, *steps, self._fault, words, times, dates, frozenset(self.marks))

    def _add_numbers(self, cells: Sequence[str]) -> None:
        present = ["nan" if cell in MISSING else cell for cell in cells]
        if self.comma:
            self.marks |= {mark for mark in ".," if any(mark in cell for cell in present)}
            present = [cell.replace(",", ".") for cell in present]
        try:
            values = np.array(present, np.float64)
        except ValueError:
            row = next(i for i, cell in enumerate(present) if not is_number(cell))
            self._fault = Fault(self._rows + row, cells[row])
            first = not self._blocks
            self._blocks.clear()
            if self._times is not None and first:
                self._add_dates(cells)
            else:
                self._times = None
            return
        beyond = np.abs(values) > LARGEST
        if beyond.any():
            row = int(beyond.argmax())
            self._fault = Fault(self._rows + row, cells[row], infinite=True)
            self._times = None
            return
        self._count(values)
        self._blocks.append(values.astype(np.float32))
        if self._times is not None:
            self._times.append(values)

    def _add_dates(self, cells: Sequence[str]) -> None:
        assert self._times is not None
        times = as_seconds(cells)
        if times is None:
            self._times = None
        else:
            self._times.append(times)

    def _count(self, values: Floats) -> None:
        """Count the steps, including that from the block before."""
        steps = np.diff(values, prepend=self._last)
        self._forward += int((steps > 0).sum())
        self._back += int((steps <= 0).sum())
        self._last = values[-1:]


def is_number(cell: str) -> bool:
    """Tell whether a text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
