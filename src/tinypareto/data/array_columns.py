"""Columns of recordings from arrays in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.recording_format import Query
from tinypareto.data.table import LARGEST, MISSING, Column, Fault, Table, Words
from tinypareto.data.times import as_seconds, is_time_name, seconds_of
from tinypareto.errors import DataError

PIECE = 1 << 16
"""Number of rows that are looked at together, so that no copies of large arrays are made."""
_NONE = np.empty(0, np.float32)


def table_of(
    where: str, arrays: Mapping[str, NDArray[Any]], query: Query, rate: float | None = None
) -> Table:
    """Make a table of named arrays.

    Args:
        where: Name of the recording in messages.
        arrays: Numbers, texts or times [rows] by the name of the column.
        query: Columns and texts that are wanted.
        rate: Sampling rate in Hz, if it is known.

    Raises:
        DataError: A channel that is wanted is missing, or the arrays have no or different lengths.
    """
    chosen = query.chosen(where, arrays)
    lengths = {name: len(arrays[name]) for name in chosen}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DataError(
            f"{where}: its columns have different lengths ({listed}); name those of one length by "
            "columns="
        )
    rows = max(lengths.values(), default=0)
    if not rows:
        raise DataError(f"{where}: has no rows of numbers; record it anew or remove it")
    cells = [column_of(name, arrays[name], keep=name in query.texts) for name in chosen]
    return Table(where, tuple(chosen), cells, rows, rate)


def column_of(name: str, values: NDArray[Any], *, keep: bool) -> Column:
    """Make a column of an array.

    Args:
        name: Name of the column.
        values: Numbers, texts or times [rows]; a missing value is None, NaN or NaT.
        keep: Whether to keep the text.
    """
    if values.dtype.kind == "O":
        values = _plain(values)
    if values.dtype.kind in "mM":
        moments = seconds_of(values.astype(f"{values.dtype.kind}8[us]"))
        fault, words = Fault(0, str(values[0])), _words(values.astype(str)) if keep else None
        return Column(_NONE, fault=fault, words=words, times=moments, dates=True)
    if values.dtype.kind in "biuf":
        words = _words(_whole(values)) if keep else None
        return _numbers(name, values, words)
    words = _words(values)
    row = int(np.argmax(np.array([bool(text) for text in words.names])[words.codes]))
    fault = Fault(row, words.names[words.codes[row]])
    times = as_seconds([words.names[code] for code in words.codes]) if is_time_name(name) else None
    kept = words if keep else None
    return Column(_NONE, fault=fault, words=kept, times=times, dates=True)


def _numbers(name: str, values: NDArray[Any], words: Words | None) -> Column:
    numbers = np.empty(len(values), np.float32)
    forward = back = 0
    for start in range(0, len(values), PIECE):
        # A step from the piece before is among those of this one.
        piece = values[max(0, start - 1) : start + PIECE].astype(np.float64)
        beyond = np.abs(piece) > LARGEST
        if beyond.any():
            row = max(0, start - 1) + int(beyond.argmax())
            fault = Fault(row, str(values[row]), infinite=True)
            return Column(_NONE, fault=fault, words=words)
        numbers[start : start + PIECE] = piece[-len(numbers[start : start + PIECE]) :]
        steps = np.diff(piece)
        forward += int((steps > 0).sum())
        back += int((steps <= 0).sum())
    times = values.astype(np.float64) if is_time_name(name) else None
    return Column(numbers, forward, back, words=words, times=times)


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers among which some are missing as floats; other objects as they are."""
    cells = [np.nan if _text(cell) == "" else cell for cell in values.tolist()]
    if all(isinstance(cell, int | float) for cell in cells):
        return np.array(cells, np.float64)
    return values


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    """Write whole numbers without a point, as classes and people are numbered in other formats."""
    if values.dtype.kind != "f":
        return values
    known = values[np.isfinite(values)]
    if (known != known.round()).any():
        return values
    return np.array([str(int(v)) if np.isfinite(v) else "" for v in values])


def _words(values: NDArray[Any]) -> Words:
    names: dict[str, int] = {}
    codes = [names.setdefault(_text(value), len(names)) for value in values.tolist()]
    return Words.numbered(names, np.array(codes, np.int32))


def _text(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text in MISSING or text.lower() in ("nan", "nat", "<na>") else text
