"""Recordings brought to one sampling rate, and lengths of time in steps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from tinypareto.data.recording_columns import Rows
from tinypareto.data.source import Value
from tinypareto.data.table import Words
from tinypareto.errors import DataError
from tinypareto.units import parse_duration

SAME = 0.02
"""Relative deviation up to which rates are the same."""
LARGEST_FACTOR = 1000
"""Largest factor of the filter by which a rate is changed."""
LARGEST_GROWTH = 100
"""Largest factor by which a rate may be raised; more is a mistake in the unit."""


def steps_of(name: str, value: Value, rate: float | None) -> int:
    """Convert a length to steps.

    Args:
        name: Name of the option, for messages.
        value: Steps, or a time with a unit.
        rate: Sampling rate in Hz; None if it is unknown.

    Raises:
        DataError: A time is given, but the rate is unknown, or the time is shorter than a step.
    """
    if isinstance(value, int):
        return value
    if rate is None:
        raise DataError(
            f"{name}={value}: the sampling rate is unknown; give it, such as rate=50, or give "
            f"{name} in steps"
        )
    steps = round(parse_duration(value, name) / 1000 * rate)
    if not steps:
        raise DataError(f"{name}={value}: is shorter than a step at {rate:g} Hz; give a longer one")
    return steps


def at_one_rate(
    everything: Sequence[Rows], wanted: float
) -> tuple[list[Rows], float | None, list[str]]:
    """Bring recordings to one sampling rate.

    Args:
        everything: The recordings, without missing values.
        wanted: The rate in Hz; by default (0) the lowest one, if all are known. A recording of
            unknown rate is taken to have the wanted one.

    Returns:
        The recordings, the rate, or None if it is unknown, and what was changed.

    Raises:
        DataError: The rates differ, and some are unknown; or the rate would be raised absurdly.
    """
    known = [rows.rate for rows in everything if rows.rate]
    if not known:
        return list(everything), wanted or None, []
    rate = wanted or min(known)
    if not wanted and len(known) < len(everything):
        if max(known) > (1 + SAME) * rate:
            where = next(rows.file.where for rows in everything if not rows.rate)
            raise DataError(
                f"{where}: its sampling rate is unknown, and those of others differ "
                f"({min(known):g} to {max(known):g} Hz); give the one to bring them to, such as "
                "rate=50"
            )
        return list(everything), None, []
    changed = Counter(rows.rate for rows in everything if _differs(rows, rate))
    notes = [
        f"{count} recordings are resampled from {old:g} to {rate:g} Hz"
        for old, count in changed.items()
    ]
    clock = next((rows.clock for rows in everything if rows.clock), "")
    if clock:
        shown = ", ".join(f"{value:g}" for value in dict.fromkeys(known[:3]))
        notes.insert(0, f"column {clock!r} tells a sampling rate of {shown} Hz; rate= corrects it")
    return [_resampled(rows, rate) for rows in everything], rate, notes


def _differs(rows: Rows, rate: float) -> bool:
    return rows.rate is not None and abs(rows.rate / rate - 1) > SAME


def _resampled(rows: Rows, rate: float) -> Rows:
    if not _differs(rows, rate):
        return rows
    assert rows.rate is not None
    if rate > LARGEST_GROWTH * rows.rate:
        raise DataError(
            f"{rows.file.where}: has a sampling rate of {rows.rate:g} Hz; {rate:g} Hz is too far "
            "above it: correct rate="
        )
    # It imports half of SciPy.
    from scipy.signal import resample_poly

    factor = Fraction(rate / rows.rate).limit_denominator(LARGEST_FACTOR)
    up, down = factor.numerator, factor.denominator
    values = np.stack(
        [resample_poly(channel, up, down, padtype="line") for channel in rows.values]
    ).astype(np.float32)
    places = np.arange(values.shape[1]) * down // up
    breaks = tuple(row * up // down for row in rows.breaks)
    labels, groups = (Words(w.names, w.codes[places]) for w in (rows.labels, rows.groups))
    return replace(rows, values=values, labels=labels, groups=groups, rate=rate, breaks=breaks)
