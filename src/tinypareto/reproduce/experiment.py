"""Interface of an experiment: its request, its run and its result."""

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
    """A request for an experiment; None stands for the value of the frozen configuration.

    Attributes:
        name: Name of the experiment.
        budget: Name of one of its frozen configurations.
        seeds: Seeds of the studies.
        datasets: Names in the paper's table, or paths.
        strategies: Strategies to run, a part of those in the frozen configuration.
        trials: Number of trials of each study.
        data_dir: Folder of downloaded data.
        out: Folder of all results; studies that are already there are resumed.
        tell: Callback for one line of progress.
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
        """Return the frozen configuration with the requested values in place of its own.

        Raises:
            ConfigError: The experiment does not have a requested strategy or setting.
        """
        text = (files("tinypareto.reproduce") / f"{self.name}.toml").read_text("utf-8")
        settings: dict[str, Any] = tomllib.loads(text)[self.budget]
        requested = {
            "seeds": self.seeds,
            "datasets": self.datasets,
            "strategies": self.strategies,
            "trials": self.trials,
        }
        for name in self.strategies or ():
            if name not in (known := settings.get("strategies", ())):
                raise ConfigError(f"--strategy: {unknown('strategy', name, known)}")
        for key, value in requested.items():
            if value is None:
                continue
            if key not in settings:
                raise ConfigError(f"reproduce {self.name}: has no {key} to set; leave it out")
            settings[key] = list(value) if isinstance(value, tuple) else value
        return settings

    def command(self) -> str:
        """Return the command line of this request."""
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
    """The result of an experiment.

    Attributes:
        title: Title, one line.
        rows: Rows of the table; all have the same keys.
        notes: Paragraphs that say exactly how it was run.
        draw: Draws the figure into a file.
        lines: Rows of the Markdown table if they differ from those of the CSV.
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
        summary: Description for the list, one line.
        run: Runs or resumes it.
    """

    summary: str
    run: Callable[[ExperimentRequest], Result]


def versions() -> str:
    """Versions of the packages that influence the outcome."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)
