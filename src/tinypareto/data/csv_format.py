"""Delimiter and decimal mark of a CSV file.

A tab or a semicolon in the first line is the delimiter, because commas beside it are decimal marks
or text. Otherwise the comma is. A file of one channel with decimal commas then looks like a file of
two channels; it is refused if the digits give it away.
"""

import re
from collections.abc import Sequence

DELIMITERS = "\t;,"
MARKS = (".", ",")
_QUOTED = re.compile(r'"[^"]*"')
_COMMA_NUMBER = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")


def find_delimiter(first: str, decimal: str) -> str:
    """Find the delimiter from the first line of a file.

    Args:
        first: The first line.
        decimal: Decimal mark, or "" if it is not known; a decimal comma delimits no cells.
    """
    unquoted = _QUOTED.sub("", first)
    found = next((d for d in DELIMITERS if d in unquoted), ",")
    return ";" if found == decimal == "," else found


def has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a cell is a number with a decimal comma."""
    return any(_COMMA_NUMBER.fullmatch(cell) for row in rows for cell in row)


def looks_like_one_channel(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether both cells of each row look like one number that a decimal comma cut in two.

    The second cells are then digits alone, some of which begin with a zero as no whole number does
    (0,05), or a first cell is -0.
    """
    if any(len(row) != 2 for row in rows):
        return False
    whole = all(row[0].lstrip("+-").isdigit() and row[1].isdigit() for row in rows)
    return whole and any(row[0] == "-0" or row[1][0] == "0" != row[1] for row in rows)
