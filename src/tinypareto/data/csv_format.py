"""Delimiter and decimal mark of a CSV file.

A tab or a semicolon in the first line is the delimiter, because commas beside it are decimal marks
or text. Otherwise the comma is. A file of one channel with decimal commas and without a header then
looks like a file of two channels; it is refused unless the digits say that it is none.
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


FEWEST_ROWS = 44
"""With fewer rows, two digits or more of a fraction may all be without a zero in front by chance
(0.9 ** 44 is 1 %)."""


@dataclass
class OneChannel:
    """Recognizes rows of two cells that can be one number cut in two at its decimal comma.

    The second cells are then digits alone. They are hardly whole numbers if one begins with a zero
    (0,05), if a first cell is -0, or if all of them have a single digit (1,5).

    Attributes:
        possible: Whether all rows can be such numbers.
        rows: Number of rows so far.
        row: Index of the first row that can hardly be anything else, or of the first one.
        example: Text of that row as one number.
        single: Whether all second cells have a single digit.
        certain: Whether a row can hardly be anything else.
    """

    possible: bool = True
    rows: int = 0
    row: int = 0
    example: str = ""
    single: bool = True
    certain: bool = False

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at more rows."""
        for row in rows if self.possible else ():
            self.possible = len(row) == 2 and row[0].lstrip("+-").isdigit() and row[1].isdigit()
            if not self.possible:
                return
            telling = row[0] == "-0" or (row[1][0] == "0" and row[1] != "0")
            if not self.rows or (telling and not self.certain):
                self.row, self.example = self.rows, ",".join(row)
            self.certain |= telling
            self.single &= len(row[1]) == 1
            self.rows += 1

    @property
    def suspected(self) -> bool:
        """Whether the rows may be one channel."""
        return self.possible and (self.certain or self.single or self.rows < FEWEST_ROWS)
