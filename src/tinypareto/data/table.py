"""A recording as a table, whatever file it comes from: a row is a point in time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.registry import unknown

LARGEST = float(np.finfo(np.float32).max)
MISSING = ("", "?")


@dataclass(frozen=True)
class Fault:
    """The first cell of a column that is no usable number.

    Attributes:
        row: Number of the row, from 0.
        cell: Text of the cell.
        infinite: Whether it is a number that float32 cannot represent.
    """

    row: int
    cell: str
    infinite: bool = False


@dataclass(frozen=True)
class Words:
    """Text of each row; every different text is held once.

    Attributes:
        names: The different texts; "" stands for a missing one.
        codes: Index of each row's text in `names` [rows].
    """

    names: tuple[str, ...]
    codes: NDArray[np.integer]

    @classmethod
    def constant(cls, text: str, rows: int) -> "Words":
        """The same text in all rows, which takes no memory."""
        return cls((text,), np.broadcast_to(np.int32(0), (rows,)))

    @classmethod
    def numbered(cls, names: Iterable[str], codes: NDArray[np.integer]) -> "Words":
        """Hold the codes in as few bytes as their number needs."""
        known = tuple(names)
        return cls(known, codes.astype(np.min_scalar_type(len(known))))

    def filled(self, text: str) -> "Words":
        """Replace the missing texts by another one."""
        if not text or "" not in self.names:
            return self
        missing = self.names.index("")
        if text not in self.names:
            return replace(self, names=tuple(name or text for name in self.names))
        same = np.int32(self.names.index(text))
        return replace(self, codes=np.where(self.codes == missing, same, self.codes))


@dataclass(frozen=True)
class Column:
    """A column of numbers, of text, or of both.

    Attributes:
        values: Numbers, float32 [rows], or empty if there is a fault; NaN where one is missing.
        forward: Number of steps by which they increase.
        back: Number of steps by which they do not.
        fault: The first cell that is no usable number.
        words: The text, if it was asked for.
        times: Values of a column that is named as a time, float64 [rows]; dates in seconds.
        dates: Whether it holds dates if it is named as a time.
        marks: Decimal marks that occur, if both kinds are read.
    """

    values: NDArray[np.float32]
    forward: int = 0
    back: int = 0
    fault: Fault | None = None
    words: Words | None = None
    times: NDArray[np.float64] | None = None
    dates: bool = False
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """The rows of a recording.

    Attributes:
        where: Name of the recording in messages, such as its path.
        columns: Name of each column.
        cells: The columns.
        rows: Number of rows.
        rate: Sampling rate in Hz, if the file states it.
        place: Name of a row in messages, such as "line 7".
    """

    where: str
    columns: tuple[str, ...]
    cells: Sequence[Column]
    rows: int
    rate: float | None = None
    place: Callable[[int], str] = lambda row: f"row {row + 1}"

    def column(self, name: str) -> Column:
        """Find a column.

        Raises:
            DataError: No column has that name, or several have it.
        """
        found = [i for i, column in enumerate(self.columns) if column == name]
        if not found:
            raise DataError(f"{self.where}: {unknown('column', name, self.columns)}")
        if len(found) > 1:
            numbers = " and ".join(str(i + 1) for i in found)
            raise DataError(
                f"{self.where}: columns {numbers} are all named {name!r}; rename them in the first "
                "line, or leave them out by columns="
            )
        return self.cells[found[0]]

    def words(self, name: str) -> Words:
        """Read a column whose text was asked for.

        Raises:
            DataError: No column has that name, or several have it.
        """
        words = self.column(name).words
        assert words is not None, "the text was asked for"
        return words

    def numbers(self, names: Sequence[str]) -> NDArray[np.float32]:
        """Read columns as numbers.

        Returns:
            Values, float32 [columns, rows]; NaN where one is missing.

        Raises:
            DataError: A column is missing, or a cell is no number that float32 can represent; the
                message says where.
        """
        found = [self.column(name) for name in names]
        faults = [(f, name) for c, name in zip(found, names, strict=True) if (f := c.fault)]
        if faults:
            raise DataError(self._refusal(*min(faults, key=lambda item: item[0].row)))
        if {".", ","} <= frozenset[str]().union(*(column.marks for column in found)):
            raise DataError(
                f"{self.where}: its numbers have points and commas; write them with one decimal "
                "mark, without marks between thousands"
            )
        return np.stack([column.values for column in found])

    def _refusal(self, fault: Fault, name: str) -> str:
        reason = "is no number; correct it, or name the columns to read"
        if fault.infinite:
            reason = "is infinite or beyond float32; correct it"
        place = f"{self.where}: {self.place(fault.row)}"
        return f"{place}: {fault.cell[:40]!r} in column {name!r} {reason}"
