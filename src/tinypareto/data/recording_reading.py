"""Recordings read, brought to one sampling rate and cut into windows."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinypareto.data.recording_columns import read_rows
from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_windows import Cut, Cutting, Recording, cut, fill_gaps
from tinypareto.data.sampling_rate import at_one_rate, steps_of
from tinypareto.data.source import Options
from tinypareto.data.times import hertz
from tinypareto.errors import DataError


@dataclass(frozen=True)
class Windows:
    """Recordings, cut into windows.

    Attributes:
        recordings: The recordings.
        columns: Names of the channels.
        length: Steps of a window.
        rate: Sampling rate in Hz; None if it is unknown.
        notes: Changes made while reading, one line each.
    """

    recordings: list[Recording]
    columns: tuple[str, ...]
    length: int
    rate: float | None
    notes: tuple[str, ...]


def read(files: Sequence[RecordingFile], options: Options, *, unknown: bool = False) -> Windows:
    """Read recordings and cut them.

    Args:
        files: The recordings.
        options: A value for each of `tinypareto.data.recordings.OPTIONS`.
        unknown: Whether rows may have no class or group.

    Raises:
        DataError: A recording cannot be used; the message says which and why.
    """
    wanted = hertz(options["rate"])
    everything, clocks = read_rows(files, options, unknown=unknown)
    columns, counts = everything[0].columns, Cut()
    counts.missing = sum(map(fill_gaps, everything))
    everything, rate, notes = at_one_rate(everything, wanted)
    rules = _rules(options, rate, unknown)
    recordings = [recording for rows in everything for recording in cut(rows, rules, counts)]
    return Windows(recordings, columns, rules.window, rate, (*notes, *_changes(counts, clocks)))


def _rules(options: Options, rate: float | None, unknown: bool) -> Cutting:
    window = steps_of("window", options["window"], rate)
    hop = steps_of("hop", options["hop"], rate) or max(1, window // 2)
    if options["short"] not in ("", "pad"):
        raise DataError(f"short={options['short']}: wanted pad, or nothing")
    return Cutting(
        window,
        hop,
        int(options["length"]),
        options["short"] == "pad",
        str(options["unlabelled"]),
        unknown,
    )


def _changes(counts: Cut, clocks: Sequence[str]) -> list[str]:
    lines = []
    if counts.missing:
        lines.append(f"{counts.missing} values are missing: interpolated in time")
    if counts.skipped:
        lines.append(
            f"{counts.skipped} stretches of one class are shorter than the window: left out"
        )
    if counts.padded:
        lines.append(
            f"{counts.padded} stretches are shorter than the window: continued by their last value"
        )
    if counts.breaks:
        lines.append(f"{counts.breaks} gaps or restarts of the time: no window bridges one")
    if counts.unlabelled:
        lines.append(
            f"{counts.unlabelled} rows have no class: left out; unlabelled=other makes them one"
        )
    if clocks:
        lines.append(
            f"columns {', '.join(map(repr, clocks))} tell the time (named so or always increasing):"
            " left out; columns= names those to read"
        )
    return lines
