"""What a search tells while it runs: a live display on a terminal, one line a trial elsewhere."""

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
        number: Of the trial.
        status: How it ended.
        note: Why it was stopped, is infeasible or failed, or its figures; one line.
        done: Trials finished so far, those of earlier runs included.
        best_accuracy: Best search accuracy of a feasible network, None before the first.
        front_size: Networks in the feasible front.
        hypervolume: Of that front, in search accuracy.
        score: How the task scores, in place of accuracy.
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
    """Who is told."""

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """The search starts: the data that steers it, in words, and trials done earlier."""
        ...

    def trial(self, step: Step) -> None:
        """A trial ended."""
        ...

    def close(self) -> None:
        """The search ended, in whatever way."""
        ...


class Silent:
    """Tells nobody."""

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Nothing."""

    def trial(self, step: Step) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines:
    """One line a trial, for logs and pipes.

    Args:
        console: Where to.
        clock: Seconds, for the time left.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._started = 0.0
        self._done = self._trials = 0

    def start(self, config: RunConfig, description: str, done: int = 0) -> None:
        """Print what is searched."""
        self._started, self._done, self._trials = self._clock(), done, config.trials
        self._print(f"{heading(config)}; selecting on {description}")

    def trial(self, step: Step) -> None:
        """Print its line."""
        elapsed = self._clock() - self._started
        left = seconds_left(elapsed, step.done - self._done, self._trials - step.done)
        place = f"trial {step.number} ({step.done}/{self._trials})"
        self._print(f"{place}: {outcome(step)}; {summary(step)}; {left} left")

    def close(self) -> None:
        """Nothing is open."""

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class Display:
    """A display that is redrawn in place, for terminals.

    Args:
        console: Where to.
        clock: Seconds, for the time left.
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
            f"{heading(config)}\nselecting on {description}", markup=False, highlight=False
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
        left = seconds_left(elapsed, done - self._done, trials - done)
        grid = Table.grid(padding=(0, 2))
        grid.add_row(
            f"trial {done}/{trials}",
            ProgressBar(trials, done, width=24),
            f"{duration(elapsed)} passed, {left} left",
        )
        if self._step is None:
            return Group(grid, Text("training the first network ..."))
        last = Text(f"last trial: {outcome(self._step)}", style="dim")
        return Group(grid, Text(summary(self._step)), last)


def reporter_for(console: Console) -> Reporter:
    """A display on a terminal that a person watches, lines in pipes, files and CI."""
    # Not `console.is_terminal`: FORCE_COLOR sets it in pipes too. CI logs keep every redrawing.
    watched = console.file.isatty() and not console.is_dumb_terminal and not os.environ.get("CI")
    return Display(console) if watched else Lines(console)


def heading(config: RunConfig) -> str:
    """What is searched, in words."""
    words = (
        f"{config.net} on {Path(config.dataset).name}: {config.trials} trials, "
        f"ROM <= {format_bytes(config.rom)}, RAM <= {format_bytes(config.ram)}, "
        f"FLOPs <= {format_flops(config.flops)}"
    )
    if config.latency is not None:
        words += f", latency <= {format_ms(config.latency)}"
    if config.objectives != OBJECTIVES:
        words += f"; objectives {', '.join(config.objectives)}"
    return words


def outcome(step: Step) -> str:
    """How the trial ended in words."""
    return f"{_MARKS[step.status]}, {step.note}" if step.note else _MARKS[step.status]


def summary(step: Step) -> str:
    """The state of the front in words."""
    best = "none yet" if step.best_accuracy is None else step.score.text(step.best_accuracy)
    return f"best {best}, front {step.front_size}, hypervolume {step.hypervolume:.4f}"


def seconds_left(elapsed: float, done: float, left: float) -> str:
    """The time left in words, from the mean of the trials done."""
    return duration(elapsed / done * left) if done else "?"


def duration(seconds: float) -> str:
    """Such as `1:02:03` or `4:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
