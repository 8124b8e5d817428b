"""CSV files of recordings as tables, with one row per point in time."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.csv_format import find_delimiter, has_decimal_commas, looks_like_one_channel
from tinypareto.errors import DataError
from tinypareto.registry import unknown

MISSING = ("", "?")


@dataclass(frozen=True)
class Table:
    """The rows of a file.

    Attributes:
        path: Path of the file.
        columns: Names from the first line, or 1, 2, ... if that line already holds numbers.
        rows: Rows of cells; each has one cell per column.
        lines: Line number in the file of each row.
        decimal: Decimal mark of the numbers.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    decimal: str = "."

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
        """Read a column as text; a missing value is an empty text."""
        index = self.column(name)
        return ["" if is_missing(row[index]) else row[index] for row in self.rows]

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
        try:
            picked = [[self._cell(row[i]) for i in columns] for row in self.rows]
            values = np.array(picked, np.float64).reshape(len(self.rows), len(columns)).T
        except ValueError:
            self._name_bad_cell(columns)
            raise
        large = np.abs(values) > np.finfo(np.float32).max
        if large.any():
            row, column = (int(i) for i in np.argwhere(large.T)[0])
            self._refuse(row, columns[column], "is infinite or beyond float32; correct it")
        return np.ascontiguousarray(values)

    def _cell(self, text: str) -> str:
        if text in MISSING:
            return "nan"
        return text.replace(",", ".") if self.decimal == "," else text

    def _name_bad_cell(self, columns: Sequence[int]) -> None:
        for number, row in enumerate(self.rows):
            for i in columns:
                if not _is_number(self._cell(row[i])):
                    self._refuse(number, i, "is no number; correct it, or name the columns to read")

    def _refuse(self, row: int, column: int, reason: str) -> None:
        raise DataError(
            f"{self.path}: line {self.lines[row]}: {self.rows[row][column][:40]!r} in column "
            f"{self.columns[column]!r} {reason}"
        )


def is_missing(cell: str) -> bool:
    """Tell whether a cell says that its value is missing."""
    return cell in MISSING or cell.lower() == "nan"


def read_table(path: Path, decimal: str = "") -> Table:
    """Read a CSV file.

    Args:
        path: Path of the file.
        decimal: Decimal mark of its numbers; by default it is found from the delimiter.

    Raises:
        DataError: The file cannot be read or is empty, or its lines differ in the number of cells.
    """
    delimiter, lines = _lines(path, decimal)
    width = len(lines[0][1])
    for line, row in lines:
        if len(row) != width:
            raise DataError(
                f"{path}: line {line} has {len(row)} values, line {lines[0][0]} has {width}; "
                "correct it, or give decimal=, if its commas are decimal marks"
            )
    rows = [row for _, row in lines]
    if not decimal:
        decimal = "," if delimiter != "," and has_decimal_commas(rows) else "."
        if delimiter == "," and looks_like_one_channel(rows):
            raise DataError(
                f"{path}: line {lines[0][0]}: {','.join(rows[0])!r} can be two channels or one with"
                " a decimal comma; give decimal=. for two, or decimal=, for one"
            )
    table = Table(path, tuple(rows[0]), rows, [line for line, _ in lines], decimal)
    if all(_is_number(table._cell(cell)) for cell in rows[0]):
        return Table(path, tuple(map(str, range(1, width + 1))), rows, table.lines, decimal)
    if len(rows) == 1:
        raise DataError(f"{path}: has no rows after its first line; record it anew or remove it")
    return Table(path, tuple(rows[0]), rows[1:], table.lines[1:], decimal)


def _lines(path: Path, decimal: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Read the delimiter, and the number and cells of each line that is not blank."""
    # A pipe has no size and blocks whoever opens it.
    if path.exists() and not path.is_file():
        raise DataError(f"{path}: is no regular file; save the recording as a file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = find_delimiter(file.readline(), decimal)
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter)
            lines = [
                (reader.line_num, [cell.strip() for cell in row])
                for row in reader
                if any(cell.strip() for cell in row)
            ]
    except (csv.Error, UnicodeDecodeError) as cause:
        raise DataError(f"{path}: is no CSV text ({cause}); save it as UTF-8") from cause
    except OSError as cause:
        raise DataError(f"{path}: cannot be read ({cause.strerror})") from cause
    if not lines:
        raise DataError(f"{path}: is empty; record it anew or remove it")
    return delimiter, lines


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
