"""The columns of a recording: channels, and those that tell its time, class and group.

A column that tells the time is not an input unless it is asked for: it differs between any two
recordings, so that a network can learn the recording instead of the motion.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.csv_table import Table, read_table
from tinypareto.data.recording_files import RecordingFile
from tinypareto.data.source import Options
from tinypareto.errors import DataError

TIME_NAMES = re.compile(
    r"t|times?|timestamps?|dates?|datetime|day|hour|minute|clock|epoch|elapsed|index|idx|row|rownum"
    r"|sample|step|frame|unnamed|millis|milliseconds?|ms|us|s|secs?|seconds?"
)
"""Words of which the name of a column that tells the time consists, units included."""
FEWEST_STEPS = 5
"""With fewer steps, an increasing channel may be chance."""
RESTARTS = 0.02
"""Largest share of the steps of a clock that go back, as where recordings were joined."""


@dataclass(frozen=True)
class Rows:
    """The rows of one file.

    Attributes:
        file: The file.
        columns: Names of the channels.
        values: Values, float32 [channels, rows]; NaN where one is missing.
        labels: Class of each row; "" where it is missing.
        groups: Group of each row; "" if there are no groups.
        forward: Number of steps by which each channel increases, int64 [channels].
        back: Number of steps by which it does not, int64 [channels].
        dates: Names of columns that hold dates as text.
    """

    file: RecordingFile
    columns: tuple[str, ...]
    values: NDArray[np.float32]
    labels: Sequence[str]
    groups: Sequence[str]
    forward: NDArray[np.int64]
    back: NDArray[np.int64]
    dates: tuple[str, ...] = ()


def read_rows(files: Sequence[RecordingFile], options: Options) -> tuple[list[Rows], list[str]]:
    """Read recordings and choose their channels.

    Args:
        files: The files.
        options: Values of `label`, `group`, `columns` and `decimal`.

    Returns:
        The rows of each file, and the names of columns that tell the time and were left out.

    Raises:
        DataError: A file cannot be read, lacks a column, or no channel is left.
    """
    everything = [_rows(file, options) for file in files]
    first = everything[0]
    for rows in everything:
        if rows.columns != first.columns:
            raise DataError(
                f"{rows.file.path}: has columns {', '.join(rows.columns)}, {first.file.path} has "
                f"{', '.join(first.columns)}; give all recordings the same, or name those to read "
                "by columns="
            )
    if _wanted(options):
        return everything, []
    clocks = _clocks(everything)
    kept = [i for i, name in enumerate(first.columns) if name not in clocks]
    if not kept:
        raise DataError(
            f"{first.file.path}: its columns {', '.join(first.columns)} only tell the time (they "
            "are named so or always increase); name the channels by columns="
        )
    return [_picked(rows, kept) for rows in everything], [*first.dates, *clocks]


def is_time_name(name: str) -> bool:
    """Tell whether a column is named as a time or a row number, such as `Time [s]`."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return bool(words) and all(TIME_NAMES.fullmatch(word.lower()) for word in words)


def _rows(file: RecordingFile, options: Options) -> Rows:
    label = str(options["label"])
    group = str(options["group"]) or ("group" if "group" in file.fields else "")
    kept = {name for name in (label, group) if name and name not in file.fields}
    table = read_table(file.path, str(options["decimal"]), kept)
    labels = _texts(file, table, label) if label else [file.label] * len(table.lines)
    groups = _texts(file, table, group) if group else [""] * len(table.lines)
    if group and not all(groups):
        line = table.lines[groups.index("")]
        raise DataError(f"{file.path}: line {line}: column {group!r} is empty; fill in the group")
    names, dates = _wanted(options), list[str]()
    if not names:
        dates = [name for i, name in enumerate(table.columns) if _is_text_clock(table, i)]
        names = [name for name in table.columns if name not in {*dates, *kept}]
    if not names:
        raise DataError(
            f"{file.path}: has no channel beside the time, the class and the group; name the "
            "channels by columns="
        )
    values = table.numbers([table.column(name) for name in names])
    steps = np.diff(values, axis=1)
    return Rows(
        file,
        tuple(names),
        values.astype(np.float32),
        labels,
        groups,
        (steps > 0).sum(axis=1),
        (steps <= 0).sum(axis=1),
        tuple(dates),
    )


def _wanted(options: Options) -> list[str]:
    names = [name.strip() for name in str(options["columns"]).split(",") if name.strip()]
    if len(set(names)) < len(names):
        raise DataError(f"columns={options['columns']}: names a column twice; name each once")
    return names


def _is_text_clock(table: Table, index: int) -> bool:
    """Tell whether a column is named as a time and holds dates, which are no numbers."""
    fault = table.cells[index].fault
    return is_time_name(table.columns[index]) and fault is not None and not fault.infinite


def _texts(file: RecordingFile, table: Table, name: str) -> list[str]:
    if name in file.fields:
        return [file.fields[name]] * len(table.lines)
    return table.texts(name)


def _clocks(everything: Sequence[Rows]) -> list[str]:
    forward = np.sum([rows.forward for rows in everything], axis=0)
    back = np.sum([rows.back for rows in everything], axis=0)
    increasing = (forward >= FEWEST_STEPS) & (back <= RESTARTS * (forward + back))
    names = everything[0].columns
    return [n for n, grows in zip(names, increasing, strict=True) if grows or is_time_name(n)]


def _picked(rows: Rows, kept: Sequence[int]) -> Rows:
    columns = tuple(rows.columns[i] for i in kept)
    return replace(rows, columns=columns, values=rows.values[kept])
