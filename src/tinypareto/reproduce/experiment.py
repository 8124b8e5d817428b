"""What an experiment is asked for, and what it is."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown

Budget = Literal["small", "paper"]
PACKAGES = ("tinypareto", "torch", "optuna", "botorch", "numpy", "scipy")


@dataclass(frozen=True)
class ExperimentRequest:
    """What is asked for; None means what the frozen configuration says.

    Attributes:
        name: Of the experiment.
        budget: Which of its frozen configurations.
        seeds: Of the studies.
        datasets: Names in the paper's table, or paths.
        strategies: Of those that the frozen configuration has.
        trials: Of each study.
        data_dir: Folder of downloaded data.
        out: Where everything goes; what is there is gone on with.
        tell: Called with one line of progress.
    """

    name: str
    budget: Budget
    out: Path
    seeds: tuple[int, ...] | None = None
    datasets: tuple[str, ...] | None = None
    strategies: tuple[str, ...] | None = None
    trials: int | None = None
    data_dir: Path | None = None
    tell: Callable[[str], None] = lambda line: None

    def settings(self) -> dict[str, Any]:
        """The frozen configuration with what was asked for in its place.

        Raises:
            ConfigError: The experiment does not have what was asked for.
        """
        text = (files("tinypareto.reproduce") / f"{self.name}.toml").read_text("utf-8")
        settings: dict[str, Any] = tomllib.loads(text)[self.budget]
        given = {
            "seeds": self.seeds,
            "datasets": self.datasets,
            "strategies": self.strategies,
            "trials": self.trials,
        }
        for name in self.strategies or ():
            if name not in (known := settings.get("strategies", ())):
                raise ConfigError(f"--strategy: {unknown('strategy', name, known)}")
        for key, value in given.items():
            if value is None:
                continue
            if key not in settings:
                raise ConfigError(f"reproduce {self.name}: has no {key} to set; leave it out")
            settings[key] = list(value) if isinstance(value, tuple) else value
        return settings

    def command(self) -> str:
        """The command line that asks for the same."""
        parts = ["tinypareto reproduce", self.name, "--budget", self.budget]
        for seed in self.seeds or ():
            parts += ["--seed", str(seed)]
        for dataset in self.datasets or ():
            parts += ["--dataset", dataset]
        for strategy in self.strategies or ():
            parts += ["--strategy", strategy]
        if self.trials is not None:
            parts += ["--trials", str(self.trials)]
        return " ".join(parts)


@dataclass(frozen=True)
class Result:
    """What an experiment found.

    Attributes:
        title: One line.
        rows: Of the table; all have the same keys.
        notes: What exactly was run, a paragraph each.
        draw: Draws the figure into a file.
        lines: Rows of the Markdown table if they are not those of the CSV.
    """

    title: str
    rows: Sequence[Mapping[str, object]]
    notes: Sequence[str]
    draw: Callable[[Path], None]
    lines: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True)
class Experiment:
    """A table or figure of the paper.

    Attributes:
        summary: One line for the list.
        run: Makes or continues it.
    """

    summary: str
    run: Callable[[ExperimentRequest], Result]


def versions() -> str:
    """The packages that decide the outcome."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)
