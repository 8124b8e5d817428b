"""Progress of a running search: a live display on a terminal, one line per trial elsewhere."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tinypareto.config import RunConfig
from tinypareto.resources import OBJECTIVES
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.score import Score
from tinypareto.terminal import printable
from tinypareto.units import format_bytes, format_flops, format_ms

Status = Literal["complete", "reused", "stopped", "infeasible", "failed"]
_MARKS = {
    "complete": "trained",
    "reused": "reused, not trained",
    "stopped": "stopped",
    "infeasible": "infeasible, not trained",
    "failed": "failed",
}


@dataclass(frozen=True)
class Step:
    """The state of a search after a trial.

    Attributes:
        number: Trial number.
        status: How the trial ended.
        note: One line: why the trial was stopped, is infeasible or failed, or its accuracy and
            duration.
        done: Number of trials finished so far, including those of earlier runs.
        best_accuracy: Best search accuracy of a feasible network, in [0, 1]; None before the first.
        front_size: Number of networks in the feasible front.
        hypervolume: Hypervolume of that front, computed with the search accuracy.
        score: Defines the score that takes the place of accuracy in other tasks.
    """

    number: int
    status: Status
    note: str
    done: int
    best_accuracy: float | None
    front_size: int
    hypervolume: float
    score: Score = CLASSIFICATION.score


class Reporter(Protocol):
    """Receives progress updates from a search."""

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Handle the start of a search.

        Args:
            config: The search's configuration.
            description: The data that steers the search, in words.
            done: Number of trials that earlier runs finished.
        """
        ...

    def trial(self, step: Step) -> None:
        """Handle the end of a trial."""
        ...

    def close(self) -> None:
        """Handle the end of the search, whatever ended it."""
        ...


class Silent:
    """Ignores all updates."""

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Ignore the start."""

    def trial(self, step: Step) -> None:
        """Ignore the trial."""

    def close(self) -> None:
        """Ignore the end."""


class Lines:
    """Prints one line per trial, for logs and pipes.

    Args:
        console: Console to print to.
        clock: Monotonic time in seconds, for the estimate of the time left.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._config: RunConfig | None = None
        self._started = 0.0
        self._done = 0

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Print a heading that describes the search."""
        self._started, self._done, self._config = self._clock(), done, config
        self._print(f"{heading(config)}; selecting on {description}")

    def trial(self, step: Step) -> None:
        """Print the line of a trial."""
        assert self._config is not None
        trials, elapsed = self._config.trials, self._clock() - self._started
        left = _left(self._config, elapsed, step.done - self._done, trials - step.done)
        title = f"trial {step.number} ({step.done}/{trials})"
        self._print(f"{title}: {outcome(step)}; {summary(step)}; {left} left")

    def close(self) -> None:
        """Do nothing: every line has been printed already."""

    def _print(self, line: str) -> None:
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


class Display:
    """Redraws a display in place, for terminals.

    Args:
        console: Console to draw on.
        clock: Monotonic time in seconds, for the estimate of the time left.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._config: RunConfig | None = None
        self._step: Step | None = None
        self._started = 0.0
        self._done = 0
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self._draw)

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Show the display."""
        self._config, self._started, self._done = config, self._clock(), done
        self._live.console.print(
            printable(f"{heading(config)}\nselecting on {description}"),
            markup=False,
            highlight=False,
        )
        self._live.start()

    def trial(self, step: Step) -> None:
        """Show the new state."""
        self._step = step

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._live.stop()

    def _draw(self) -> Group | Text:
        if self._config is None:
            return Text("")
        trials, done = self._config.trials, self._step.done if self._step else self._done
        elapsed = self._clock() - self._started
        left = _left(self._config, elapsed, done - self._done, trials - done)
        grid = Table.grid(padding=(0, 2))
        grid.add_row(
            f"trial {done}/{trials}",
            ProgressBar(trials, done, width=24),
            f"{duration(elapsed)} passed, {left} left",
        )
        if self._step is None:
            return Group(grid, Text("training the first network ..."))
        last = Text(printable(f"last trial: {outcome(self._step)}"), style="dim")
        return Group(grid, Text(summary(self._step)), last)


def reporter_for(console: Console) -> Reporter:
    """Choose a display for a terminal that a person watches, and lines for pipes, files and CI."""
    # `console.is_terminal` would not do: FORCE_COLOR sets it in pipes too. A CI log would keep
    # every redrawn frame.
    watched = console.file.isatty() and not console.is_dumb_terminal and not os.environ.get("CI")
    return Display(console) if watched else Lines(console)


def heading(config: RunConfig) -> str:
    """Describe a search in one line: network, data, trials or time, limits and objectives."""
    budget = "" if config.time is None else f" or {duration(config.time)}"
    words = (
        f"{config.net} on {Path(config.dataset).name}: {config.trials} trials{budget}, "
        f"ROM <= {format_bytes(config.rom)}, RAM <= {format_bytes(config.ram)}, "
        f"FLOPs <= {format_flops(config.flops)}"
    )
    if config.latency is not None:
        words += f", latency <= {format_ms(config.latency)}"
    if config.objectives != OBJECTIVES:
        words += f"; objectives {', '.join(config.objectives)}"
    return words


def outcome(step: Step) -> str:
    """Describe how a trial ended."""
    return f"{_MARKS[step.status]}, {step.note}" if step.note else _MARKS[step.status]


def summary(step: Step) -> str:
    """Describe the state of the front."""
    best = "none yet" if step.best_accuracy is None else step.score.text(step.best_accuracy)
    return f"best {best}, front {step.front_size}, hypervolume {step.hypervolume:.4f}"


def _left(config: RunConfig, elapsed: float, done: int, left: int) -> str:
    """The time left in words; a run that is given a time ends with it."""
    if config.time is None:
        return seconds_left(elapsed, done, left)
    budget = max(config.time - elapsed, 0.0)
    return duration(min(elapsed / done * left, budget) if done else budget)


def seconds_left(elapsed: float, done: float, left: float) -> str:
    """Estimate the time left from the mean duration of the trials done in this run.

    Args:
        elapsed: Seconds since the start of this run.
        done: Number of trials finished in this run.
        left: Number of trials still to run.

    Returns:
        A duration such as `1:02:03`, or `?` before the first trial has ended.
    """
    return duration(elapsed / done * left) if done else "?"


def duration(seconds: float) -> str:
    """Format seconds as hours, minutes and seconds, such as `1:02:03` or `4:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
