"""CSV files of recordings as tables, with one row per point in time."""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.csv_columns import MISSING, Column, is_number
from tinypareto.data.csv_format import OneChannel, find_delimiter
from tinypareto.errors import DataError
from tinypareto.registry import unknown

BLOCK = 4096
"""Number of rows whose text is held in memory."""

Row = tuple[int, list[str]]
"""Line number and cells."""


@dataclass(frozen=True)
class Table:
    """The rows of a file.

    Attributes:
        path: Path of the file.
        columns: Names from the first line, or 1, 2, ... if that line already holds numbers.
        cells: The cells of each column.
        lines: Line number in the file of each row.
    """

    path: Path
    columns: tuple[str, ...]
    cells: Sequence[Column]
    lines: Sequence[int]

    def column(self, name: str) -> int:
        """Find the index of a column.

        Raises:
            DataError: No column has that name, or several have it.
        """
        found = [i for i, column in enumerate(self.columns) if column == name]
        if not found:
            raise DataError(f"{self.path}: {unknown('column', name, self.columns)}")
        if len(found) > 1:
            numbers = " and ".join(str(i + 1) for i in found)
            raise DataError(
                f"{self.path}: columns {numbers} are all named {name!r}; rename them in the first "
                "line, or leave them out by columns="
            )
        return found[0]

    def texts(self, name: str) -> list[str]:
        """Read a column whose text was kept; a missing value is an empty text.

        Raises:
            DataError: No column has that name, or several have it.
        """
        text = self.cells[self.column(name)].text
        return ["" if cell in MISSING or cell.lower() == "nan" else cell for cell in text]

    def numbers(self, columns: Sequence[int]) -> NDArray[np.float64]:
        """Read columns as numbers.

        Args:
            columns: Indices of the columns.

        Returns:
            Values, float64 [columns, rows]; NaN where a cell is empty, `?` or NaN.

        Raises:
            DataError: A cell holds something else, or a number that float32 cannot represent; the
                message names its line.
        """
        faults = {i: fault for i in columns if (fault := self.cells[i].fault)}
        for i, fault in sorted(faults.items(), key=lambda item: item[1].line):
            reason = "is no number; correct it, or name the columns to read"
            if fault.infinite:
                reason = "is infinite or beyond float32; correct it"
            raise DataError(
                f"{self.path}: line {fault.line}: {fault.cell[:40]!r} in column "
                f"{self.columns[i]!r} {reason}"
            )
        if {".", ","} <= set().union(*(self.cells[i].marks for i in columns)):
            raise DataError(
                f"{self.path}: its numbers have points and commas; write them with one decimal "
                "mark, without marks between thousands"
            )
        return np.stack([np.concatenate(self.cells[i].blocks) for i in columns])


def read_table(path: Path, decimal: str = "", texts: Collection[str] = ()) -> Table:
    """Read a CSV file.

    Args:
        path: Path of the file.
        decimal: Decimal mark of its numbers; by default it is found from the delimiter.
        texts: Names of columns to keep as text, which cannot be read as numbers.

    Raises:
        DataError: The file cannot be read or is empty, or its lines differ in the number of cells.
    """
    # A pipe blocks whoever opens it.
    if path.exists() and not path.is_file():
        raise DataError(f"{path}: is no regular file; save the recording as a file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = find_delimiter(file.readline(), decimal)
            file.seek(0)
            comma = decimal == "," or (not decimal and delimiter != ",")
            rows = _rows(file, delimiter)
            guard = OneChannel() if delimiter == "," and not decimal else None
            return _table(path, rows, comma, texts, guard)
    except (csv.Error, UnicodeDecodeError) as cause:
        raise DataError(f"{path}: is no CSV text ({cause}); save it as UTF-8") from cause
    except OSError as cause:
        raise DataError(f"{path}: cannot be read ({cause.strerror})") from cause


def _rows(file: TextIO, delimiter: str) -> Iterator[Row]:
    """Rows that are not blank."""
    reader = csv.reader(file, delimiter=delimiter)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _table(
    path: Path, rows: Iterator[Row], comma: bool, texts: Collection[str], guard: OneChannel | None
) -> Table:
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path}: is empty; record it anew or remove it")
    number, names = first
    cells = [cell.replace(",", ".") if comma else cell for cell in names]
    if all(cell in MISSING or is_number(cell) for cell in cells):
        rows = chain([first], rows)
        names = [str(i) for i in range(1, len(cells) + 1)]
    columns = [Column(comma, name in texts) for name in names]
    lines: list[int] = []
    while block := list(islice(rows, BLOCK)):
        _check_width(path, block, number, len(names))
        lines += [line for line, _ in block]
        if guard is not None:
            guard.add([row for _, row in block])
        for column, found in zip(
            columns, zip(*(row for _, row in block), strict=True), strict=True
        ):
            column.add(found, lines[-len(block) :])
    if not lines:
        raise DataError(f"{path}: has no rows after its first line; record it anew or remove it")
    if guard is not None and guard.suspected:
        raise DataError(
            f"{path}: line {guard.line(lines)}: {guard.example!r} can be two channels or one with "
            "a decimal comma; give decimal=. for two, or decimal=, for one"
        )
    return Table(path, tuple(names), columns, lines)


def _check_width(path: Path, rows: Sequence[Row], first: int, width: int) -> None:
    for line, row in rows:
        if len(row) != width:
            raise DataError(
                f"{path}: line {line} has {len(row)} values, line {first} has {width}; "
                "correct it, or give decimal=, if its commas are decimal marks"
            )
