"""CSV files of recordings as tables, with one row per point in time."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.registry import unknown

DELIMITERS = ",;\t"
MISSING = ("", "?")


@dataclass(frozen=True)
class Table:
    """The rows of a file.

    Attributes:
        path: Path of the file.
        columns: Names from the first line, or 1, 2, ... if that line already holds numbers.
        rows: Rows of cells; each has one cell per column.
        lines: Line number in the file of each row.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    def column(self, name: str) -> int:
        """Find the index of a column.

        Raises:
            DataError: No column has that name.
        """
        if name not in self.columns:
            raise DataError(f"{self.path}: {unknown('column', name, self.columns)}")
        return self.columns.index(name)

    def numbers(self, columns: Sequence[int]) -> NDArray[np.float32]:
        """Read columns as numbers.

        Args:
            columns: Indices of the columns.

        Returns:
            Values, float32 [columns, rows]; NaN where a cell is empty, `?` or NaN.

        Raises:
            DataError: A cell holds something else; the message names its line.
        """
        try:
            picked = [["nan" if (cell := row[i]) in MISSING else cell for i in columns]
                      for row in self.rows]  # fmt: skip
            with np.errstate(over="ignore"):
                values = np.array(picked, np.float64).astype(np.float32)
            return np.ascontiguousarray(values.T)
        except ValueError:
            self._name_bad_cell(columns)
            raise

    def _name_bad_cell(self, columns: Sequence[int]) -> None:
        for line, row in zip(self.lines, self.rows, strict=True):
            for i in columns:
                if row[i] not in MISSING and not _is_number(row[i]):
                    raise DataError(
                        f"{self.path}: line {line}: {row[i][:40]!r} in column {self.columns[i]!r} "
                        "is no number; correct it, or name the columns to read"
                    )


def read_table(path: Path) -> Table:
    """Read a CSV file.

    The delimiter is the one of comma, semicolon and tab that is most frequent in the first line.

    Raises:
        DataError: The file cannot be read or is empty, or its lines differ in the number of cells.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(DELIMITERS, key=first.count))
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
    width = len(lines[0][1])
    for line, row in lines:
        if len(row) != width:
            raise DataError(
                f"{path}: line {line} has {len(row)} values, line {lines[0][0]} has {width}; "
                "correct it"
            )
    header = not all(cell in MISSING or _is_number(cell) for cell in lines[0][1])
    columns = lines[0][1] if header else [str(number) for number in range(1, width + 1)]
    rows = lines[1:] if header else lines
    if not rows:
        raise DataError(f"{path}: has no rows after its first line; record it anew or remove it")
    return Table(path, tuple(columns), [row for _, row in rows], [line for line, _ in rows])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
