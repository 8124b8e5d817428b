"""CSV of columns whose texts a user may have chosen freely."""

import csv
import io
from collections.abc import Iterable, Mapping


def csv_text(columns: Mapping[str, Iterable[object]]) -> str:
    """Write columns of one length, by their names."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def cell(name: str) -> str:
    """A text with an apostrophe in front if a spreadsheet would take it for a formula."""
    if not name.startswith(("=", "+", "-", "@", "\t", "\r")):
        return name
    try:
        float(name)
    except ValueError:
        return f"'{name}"
    return name
