"""The time after which a run of a search starts no further trial."""

import time
from collections.abc import Callable


class Deadline:
    """A length of time that begins now.

    Args:
        seconds: The length; None for no end.
        clock: Monotonic time in seconds.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return self._end is not None and self._clock() >= self._end
