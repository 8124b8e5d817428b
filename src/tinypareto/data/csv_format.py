"""Delimiter and decimal mark of a CSV file.

A tab or a semicolon in the first line is the delimiter, because commas beside it are decimal marks
or text. Otherwise the comma is. A file of one channel with decimal commas then looks like a file of
two channels; it is refused if the digits give it away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = "\t;,"
_QUOTED = re.compile(r'"[^"]*"')


def find_delimiter(first: str, decimal: str) -> str:
    """Find the delimiter from the first line of a file.

    Args:
        first: The first line.
        decimal: Decimal mark, or "" if it is not known; a decimal comma delimits no cells.
    """
    unquoted = _QUOTED.sub("", first)
    found = next((d for d in DELIMITERS if d in unquoted), ",")
    return ";" if found == decimal == "," else found


@dataclass
class OneChannel:
    """Recognizes rows of two cells that look like one number cut in two at its decimal comma.

    The second cells are then digits alone, some of which begin with a zero as no whole number does
    (0,05), or a first cell is -0.

    Attributes:
        possible: Whether all rows can be such numbers.
        rows: Number of rows so far.
        row: Index of the first row that can hardly be anything else; None without one.
        example: Text of that row as one number.
    """

    possible: bool = True
    rows: int = 0
    row: int | None = None
    example: str = ""

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at more rows."""
        for row in rows if self.possible else ():
            self.possible = len(row) == 2 and row[0].lstrip("+-").isdigit() and row[1].isdigit()
            if not self.possible:
                return
            if self.row is None and (row[0] == "-0" or (row[1][0] == "0" and row[1] != "0")):
                self.row, self.example = self.rows, ",".join(row)
            self.rows += 1

    @property
    def suspected(self) -> bool:
        """Whether the rows look like one channel."""
        return self.possible and self.row is not None

    def line(self, lines: Sequence[int]) -> int:
        """Line number of the example, given those of all rows."""
        assert self.row is not None
        return lines[self.row]
