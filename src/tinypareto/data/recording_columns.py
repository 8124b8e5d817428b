"""The columns of a recording: channels, and those that tell its time, class and group.

A column that tells the time is not an input unless it is asked for: it differs between any two
recordings, so that a network can learn the recording instead of the motion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_format import Query
from tinypareto.data.source import Options
from tinypareto.data.table import Table, Words
from tinypareto.data.times import breaks_of, hertz, is_time_name, rate_of
from tinypareto.errors import DataError

FEWEST_STEPS = 5
"""With fewer steps, an increasing channel may be chance."""
RESTARTS = 0.02
"""Largest share of the steps of a clock that go back, as where recordings were joined."""


@dataclass(frozen=True)
class Rows:
    """The rows of one recording.

    Attributes:
        file: The recording.
        columns: Names of the channels.
        values: Values, float32 [channels, rows]; NaN where one is missing.
        labels: Class of each row; "" where it is missing.
        groups: Group of each row; "" if there are no groups.
        forward: Number of steps by which each channel increases.
        back: Number of steps by which it does not.
        dates: Names of columns that hold dates as text.
        rate: Sampling rate in Hz; None if it is unknown.
        clock: Name of the column that tells the rate; "" if the file states it.
        breaks: Rows before which that column has a gap or starts again.
    """

    file: RecordingFile
    columns: tuple[str, ...]
    values: NDArray[np.float32]
    labels: Words
    groups: Words
    forward: tuple[int, ...]
    back: tuple[int, ...]
    dates: tuple[str, ...] = ()
    rate: float | None = None
    clock: str = ""
    breaks: tuple[int, ...] = ()


def read_rows(
    files: Sequence[RecordingFile], options: Options, *, unknown: bool = False
) -> tuple[list[Rows], list[str]]:
    """Read recordings and choose their channels.

    Args:
        files: The recordings.
        options: Values of `label`, `group`, `columns`, `decimal` and `rate`.
        unknown: Whether the columns of the class and the group may be missing.

    Returns:
        The rows of each file, and the names of columns that tell the time and were left out.

    Raises:
        DataError: A file cannot be read, lacks a column, or no channel is left.
    """
    everything = [_rows(file, options, unknown) for file in files]
    first = everything[0]
    for rows in everything:
        if rows.columns != first.columns:
            raise DataError(
                f"{rows.file.where}: has columns {', '.join(rows.columns)}, {first.file.where} has "
                f"{', '.join(first.columns)}; give all recordings the same, or name those to read "
                "by columns="
            )
    if _wanted(options):
        return everything, []
    clocks = _clocks(everything)
    kept = [i for i, name in enumerate(first.columns) if name not in clocks]
    if not kept:
        raise DataError(
            f"{first.file.where}: its columns {', '.join(first.columns)} only tell the time (they "
            "are named so or always increase); name the channels by columns="
        )
    return [_picked(rows, kept) for rows in everything], [*first.dates, *clocks]


def _rows(file: RecordingFile, options: Options, unknown: bool) -> Rows:
    label = str(options["label"])
    group = str(options["group"]) or ("group" if "group" in file.fields else "")
    kept = frozenset(name for name in (label, group) if name and name not in file.fields)
    table = file.read(Query(kept, tuple(_wanted(options)), str(options["decimal"])))
    labels = _texts(file, table, label, file.label, unknown)
    groups = _texts(file, table, group, "", unknown)
    if group and "" in groups.names and not unknown:
        row = int(np.argmax(groups.codes == groups.names.index("")))
        raise DataError(
            f"{file.where}: {table.place(row)}: column {group!r} is empty; fill in the group"
        )
    names, dates = _channels(table, options, kept)
    values = table.numbers(names)
    cells = [table.column(name) for name in names]
    forward, back = tuple(c.forward for c in cells), tuple(c.back for c in cells)
    time = (table.rate, "", ()) if table.rate else _rate(table, options)
    return Rows(file, names, values, labels, groups, forward, back, dates, *time)


def _channels(
    table: Table, options: Options, kept: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the channels that are wanted or can be some, and of the columns of dates."""
    if wanted := _wanted(options):
        return tuple(wanted), ()
    cells = zip(table.columns, table.cells, strict=True)
    dates = tuple(
        name for name, c in cells if c.dates and (is_time_name(name) or c.times is not None)
    )
    names = tuple(name for name in table.columns if name not in {*dates, *kept})
    if not names:
        raise DataError(
            f"{table.where}: has no channel beside the time, the class and the group; name the "
            "channels by columns="
        )
    return names, dates


def _wanted(options: Options) -> list[str]:
    names = [name.strip() for name in str(options["columns"]).split(",") if name.strip()]
    if len(set(names)) < len(names):
        raise DataError(f"columns={options['columns']}: names a column twice; name each once")
    return names


def _texts(file: RecordingFile, table: Table, name: str, default: str, unknown: bool) -> Words:
    """Texts of a column, or what the path says in all rows."""
    if not name or (unknown and name not in file.fields and name not in table.columns):
        return Words.constant("" if name else default, table.rows)
    if name in file.fields:
        return Words.constant(file.fields[name], table.rows)
    return table.words(name)


def _rate(table: Table, options: Options) -> tuple[float | None, str, tuple[int, ...]]:
    """Rate, name and breaks of the column that tells the rate."""
    wanted = hertz(options["rate"])
    for name, cell in zip(table.columns, table.cells, strict=True):
        if cell.times is not None:
            rate = rate_of(name, cell.times, wanted, dates=cell.dates)
            if rate:
                return rate, name, breaks_of(cell.times)
    return None, "", ()


def _clocks(everything: Sequence[Rows]) -> list[str]:
    forward = np.sum([rows.forward for rows in everything], axis=0)
    back = np.sum([rows.back for rows in everything], axis=0)
    increasing = (forward >= FEWEST_STEPS) & (back <= RESTARTS * (forward + back))
    names = everything[0].columns
    return [n for n, grows in zip(names, increasing, strict=True) if grows or is_time_name(n)]


def _picked(rows: Rows, kept: Sequence[int]) -> Rows:
    columns = tuple(rows.columns[i] for i in kept)
    if len(columns) == len(rows.columns):
        return rows
    return replace(rows, columns=columns, values=rows.values[kept])
