"""The objectives of a study's trials, whether it trained networks or replayed a table."""

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import TrialState

from tinypareto.atomic_files import write_atomic
from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.bench.replay import Replay
from tinypareto.errors import ConfigError
from tinypareto.pareto import hypervolume, nondominated
from tinypareto.resources import OBJECTIVES

Array = NDArray[np.float64]
SYNTHETIC, TABLE = "synthetic", ".csv.gz"
INVENTED = "synthetic: an invented accuracy in the shape of a search of 21 parameters; no training."
REPLAYED = (
    "{name}: no network was trained; a regression of {rows} real trainings answers (R2 {r2:.2f} by "
    "cross-validation), with their noise, and resources are exact. Curves are without the noise."
)


@dataclass(frozen=True)
class Trace:
    """The trials of a study.

    Attributes:
        problem: Name of the problem or data set.
        strategy: Name of the strategy that proposed candidates.
        seed: Seed of the study.
        values: (n, 4) objectives of each trial: error, and resources as shares of their limits;
            NaN for a trial that broke a limit or failed.
    """

    problem: str
    strategy: str
    seed: int
    values: Array

    @property
    def curve(self) -> Array:
        """(n,) hypervolumes after each trial, relative to (1, 1, 1, 1)."""
        known = np.asarray(np.isfinite(self.values).all(axis=1))
        ends = range(1, len(self.values) + 1)
        return np.array([hypervolume(self.values[:n][known[:n]]) for n in ends])

    @property
    def front(self) -> Array:
        """(k, 4) objectives of the front."""
        values = self.values[~np.isnan(self.values).any(axis=1)]
        return values[nondominated(values)] if len(values) else values


@dataclass(frozen=True)
class InstantProblem:
    """A problem that answers without training.

    Attributes:
        name: Name in tables and files.
        problem: The problem.
        about: Description, one paragraph.
    """

    name: str
    problem: Replay | TinyMLSynthetic
    about: str


def is_instant(name: str) -> bool:
    """Whether a name is that of an instant problem; otherwise it names a data set."""
    return name == SYNTHETIC or name.endswith(TABLE)


@cache
def instant_problem(name: str) -> InstantProblem:
    """Load `synthetic`, or the replay of a table by the path of its .csv.gz.

    Raises:
        ConfigError: The name is neither.
        DataError: The table cannot be read.
    """
    if name == SYNTHETIC:
        return InstantProblem(name, TinyMLSynthetic(), INVENTED)
    if not name.endswith(TABLE):
        raise ConfigError(f"--dataset: got {name!r}; wanted {SYNTHETIC} or a table *{TABLE}")
    replay, short = Replay(Path(name)), Path(name).name.removesuffix(TABLE)
    fidelity = replay.fidelity
    about = REPLAYED.format(name=short, rows=fidelity.rows, r2=fidelity.r2)
    return InstantProblem(short, replay, about)


def replay_study(
    problem: Replay | TinyMLSynthetic, sampler: BaseSampler, trials: int, file: Path
) -> Array:
    """Run a study on an instant problem, or read the values that an earlier run left.

    Accuracies are those without the noise that the study sees.

    Args:
        problem: Problem that answers without training.
        sampler: Sampler that proposes candidates.
        trials: Number of trials.
        file: CSV of the values, written when the study is done.

    Returns:
        (trials, 4) objectives; NaN for a trial that broke a limit.
    """
    if not file.is_file() or len(_read(file)) != trials:
        values = _run_trials(problem, sampler, trials)
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [",".join(OBJECTIVES), *(",".join(f"{v:.8g}" for v in row) for row in values)]
        write_atomic(file, "\n".join(rows) + "\n")
    return _read(file)


def _run_trials(problem: Replay | TinyMLSynthetic, sampler: BaseSampler, trials: int) -> Array:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=["minimize"] * len(OBJECTIVES), sampler=sampler)
    values = np.full((trials, len(OBJECTIVES)), np.nan)
    for row in values:
        trial = study.ask(dict(problem.space))
        params = {name: np.array([value]) for name, value in trial.params.items()}
        used = problem.resources(params)[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            for name, ratio in zip(OBJECTIVES[1:], used, strict=True):
                trial.set_constraint(name, ratio - 1)
        if (used > 1.0).any():
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, problem.evaluate(params)[0].tolist())
            row[:] = problem.true(params)[0]
    return values


def _read(file: Path) -> Array:
    with file.open(encoding="utf-8", newline="") as text:
        rows: Sequence[Sequence[str]] = list(csv.reader(text))[1:]
    return np.array(rows, dtype=np.float64).reshape(-1, len(OBJECTIVES))
