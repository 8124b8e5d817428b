"""Columns that tell the time, and the sampling rate that follows from them."""

import re
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError

TIME_NAMES = re.compile(
    r"t|times?|timestamps?|dates?|datetime|day|hour|minute|clock|epoch|elapsed|index|idx|row|rownum"
    r"|sample|step|frame|unnamed|millis|milliseconds?|ms|us|ns|s|secs?|seconds?"
)
"""Words of which the name of a column that tells the time consists, units included."""
NUMBERS = {"index", "idx", "row", "rownum", "sample", "step", "frame", "unnamed"}
"""Words in the names of columns that number the rows, whose steps are no times."""
UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "ns": 1e-9,
}  # fmt: skip
"""Seconds in a unit, by its name in that of a column."""
TOLERANCE = 0.25
"""Deviation of a step from the median up to which it is regular."""
REGULAR = 0.95
"""Share of regular steps from which on they tell a sampling rate."""

GAP = 10
"""Number of usual steps from which on a step is a gap; a few lost samples are none."""

Floats = NDArray[np.float64]


def hertz(value: int | str) -> float:
    """Read a sampling rate such as 50, `50Hz` or `16kHz`; 0 stands for none.

    Raises:
        DataError: It is none.
    """
    match = re.fullmatch(r"(\d+\.?\d*)\s*(k?)(hz)?", str(value).strip(), re.IGNORECASE)
    if not str(value).strip():
        return 0.0
    if match is None or not float(match[1]):
        raise DataError(f"rate={value}: wanted samples per second, such as 50 or 16kHz")
    return float(match[1]) * (1000 if match[2] else 1)


def is_time_name(name: str) -> bool:
    """Tell whether a column is named as a time or a row number, such as `Time [s]`."""
    words = _words(name)
    return bool(words) and all(TIME_NAMES.fullmatch(word) for word in words)


def as_seconds(cells: Sequence[str]) -> Floats | None:
    """Convert dates to seconds since 1970; None if one is no date."""
    with warnings.catch_warnings():
        # NumPy warns about time zones, which do not matter for steps.
        warnings.simplefilter("ignore")
        try:
            dates = np.array([cell or "NaT" for cell in cells], "datetime64[us]")
        except (ValueError, OverflowError):
            return None
    return seconds_of(dates)


def seconds_of(dates: NDArray[np.datetime64]) -> Floats:
    """Convert dates or durations of NumPy to seconds; NaN where one is missing."""
    seconds = dates.astype("int64") / (1e6 if "us" in dates.dtype.name else 1e9)
    return np.where(np.isnat(dates), np.nan, seconds)


def rate_of(name: str, times: Floats, wanted: float, *, dates: bool = False) -> float | None:
    """Find the sampling rate from the values of a column that tells the time.

    A unit in the name of the column decides (`ms`), else the size of the values and their steps.

    Args:
        name: Name of the column.
        times: Its values [rows].
        wanted: Rate that the user states, to which the unit is chosen that comes nearest; 0 if
            there is none.
        dates: Whether the values are dates in seconds.

    Returns:
        Samples per second; None if the column numbers the rows, or its steps are not regular.
    """
    words = set(_words(name))
    steps = np.diff(times)
    if words & NUMBERS or not len(steps) or not np.isfinite(times).all():
        return None
    median = float(np.median(steps))
    regular = np.abs(steps - median) <= TOLERANCE * median
    if median <= 0 or regular.mean() < REGULAR:
        return None
    step = float(steps[regular].mean())
    units = [UNITS[word] for word in words if word in UNITS]
    if not (dates or units) and (steps == 1).all():
        # It numbers the rows, whatever its name.
        return None
    unit = 1.0 if dates else units[0] if units else _likely_unit(float(times[0]), step, wanted)
    return float(f"{1 / (step * unit):.4g}")


def breaks_of(times: Floats) -> tuple[int, ...]:
    """Find the rows before which a regular time has a gap or starts again."""
    steps = np.diff(times)
    found = (steps < 0) | (steps > GAP * np.median(steps))
    return tuple((np.flatnonzero(found) + 1).tolist())


def _likely_unit(first: float, step: float, wanted: float) -> float:
    if wanted:
        return min((1.0, 1e-3, 1e-6, 1e-9), key=lambda unit: abs(np.log(step * unit * wanted)))
    for least, unit in ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (1e8, 1.0)):
        if first >= least:
            # It counts from 1970.
            return unit
    return 1.0 if step < 1 else 1e-3 if step < 1000 else 1e-6


def _words(name: str) -> list[str]:
    separated = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word.lower() for word in re.findall(r"[^\W\d_]+", separated)]
