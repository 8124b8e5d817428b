"""CSV files of recordings as tables, with one row per point in time."""

import csv
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from tinypareto.data.csv_columns import ColumnReader, is_number
from tinypareto.data.csv_format import OneChannel, find_delimiter
from tinypareto.data.table import MISSING, Table
from tinypareto.errors import DataError

BLOCK = 1024
"""Number of rows whose text is held in memory."""

Row = tuple[int, list[str]]
"""Line number and cells."""


class LineNumbers:
    """Line number of each row, held as the places where the next row is not on the next line."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._lines: list[int] = []
        self._next = 0, 0

    def __len__(self) -> int:
        return self._next[0]

    def __getitem__(self, row: int) -> int:
        found = bisect_right(self._rows, row) - 1
        return self._lines[found] + row - self._rows[found]

    def add(self, line: int) -> None:
        """Append the line of the next row."""
        row, expected = self._next
        if not row or line != expected:
            self._rows.append(row)
            self._lines.append(line)
        self._next = row + 1, line + 1


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
    else:
        guard = None
    readers = [ColumnReader(name, comma, name in texts) for name in names]
    lines = LineNumbers()
    while block := list(islice(rows, BLOCK)):
        _check_width(path, block, number, len(names))
        for line, _ in block:
            lines.add(line)
        if guard is not None:
            guard.add([row for _, row in block])
        for reader, found in zip(
            readers, zip(*(row for _, row in block), strict=True), strict=True
        ):
            reader.add(found)
    if not len(lines):
        raise DataError(f"{path}: has no rows after its first line; record it anew or remove it")
    if guard is not None and guard.suspected:
        raise DataError(
            f"{path}: line {lines[guard.row]}: {guard.example!r} can be two channels or one with "
            "a decimal comma; give decimal=. for two, or decimal=, for one"
        )
    columns = [reader.done() for reader in readers]
    return Table(
        str(path), tuple(names), columns, len(lines), place=lambda row: f"line {lines[row]}"
    )


def _check_width(path: Path, rows: Sequence[Row], first: int, width: int) -> None:
    for line, row in rows:
        if len(row) != width:
            raise DataError(
                f"{path}: line {line} has {len(row)} values, line {first} has {width}; "
                "correct it, or give decimal=, if its commas are decimal marks"
            )
