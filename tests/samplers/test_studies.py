"""What people do with Optuna studies, and what the sampler makes of it."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import PartialFixedSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

from tinypareto.errors import ConfigError
from tinypareto.samplers import ARSSampler, KnownObjectives, concurrent

optuna.logging.set_verbosity(optuna.logging.WARNING)
Columns = dict[str, np.ndarray]


def test_an_infinite_objective_is_worse_than_any_other() -> None:
    """The failing half is where the finite values point to; it is not returned to."""

    def objective(trial: optuna.Trial) -> float:
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        return float("inf") if x > 0.5 else 1 - x + (y - 0.3) ** 2

    study = optuna.create_study(sampler=ARSSampler(seed=0))
    study.optimize(objective, n_trials=50)
    failing = [t.params["x"] > 0.5 for t in study.trials[10:]]
    assert sum(failing) <= 12
    assert study.best_value < 0.51


@pytest.mark.parametrize("penalty", [1e155, sys.float_info.max, -sys.float_info.max])
def test_no_penalty_ends_a_study(penalty: float) -> None:
    def objective(trial: optuna.Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        return (penalty, x) if x > 0.7 else (x, 1 - x)

    study = optuna.create_study(directions=["minimize"] * 2, sampler=ARSSampler(seed=0))
    study.optimize(objective, n_trials=16)
    assert len(study.trials) == 16


def known(seen: list[Columns]) -> KnownObjectives:
    def evaluate(params: Columns) -> np.ndarray:
        seen.append(params)
        return np.asarray(params["x"] + params["one"] + params.get("far", 0.0))[:, None]

    return KnownObjectives([1], evaluate)


def suggest(trial: optuna.Trial) -> tuple[float, float]:
    x, y = trial.suggest_float("x", 0, 1), trial.suggest_int("y", 0, 3)
    one = trial.suggest_int("one", 1, 1)
    far = trial.suggest_float("far", 5, 6) if y > 1 else 0.0
    return (x - 0.5) ** 2 + y, x + one + far


def test_known_objectives_get_single_valued_and_conditional_parameters() -> None:
    seen: list[Columns] = []
    study = optuna.create_study(
        directions=["minimize"] * 2, sampler=ARSSampler(seed=0, known=known(seen))
    )
    study.optimize(suggest, n_trials=14)
    assert set(seen[-1]) == {"x", "y", "one", "far"}
    assert {len(column) for column in seen[-1].values()} == {len(seen[-1]["x"])}
    assert (seen[-1]["one"] == 1).all()


def test_known_objectives_get_what_another_sampler_fixes() -> None:
    seen: list[Columns] = []
    sampler = ARSSampler(seed=0, known=known(seen))
    study = optuna.create_study(directions=["minimize"] * 2, sampler=sampler)
    study.optimize(suggest, n_trials=11)
    with pytest.warns(ExperimentalWarning):
        study.sampler = PartialFixedSampler({"x": 0.25}, sampler)
    study.optimize(suggest, n_trials=3)
    assert (seen[-1]["x"] == 0.25).all()
    assert all(t.params["x"] == 0.25 for t in study.trials[11:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": "x"}, "seed: got 'x', wanted an integer of at least 0"),
        ({"seed": 1.5}, "seed: got 1.5"),
        ({"seed": -1}, "seed: got -1"),
        ({"n_startup_trials": 0}, "n_startup_trials: got 0, wanted an integer of at least 1"),
        ({"n_startup_trials": None}, "n_startup_trials: got None"),
        ({"preset": 3}, "preset: got 3, wanted one of"),
    ],
)
def test_arguments_are_refused_in_one_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ARSSampler(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reference": [1.0]}, "reference: got 1 values, wanted 2"),
        ({"reference": 1.0}, "reference: got 1.0, wanted one number"),
        ({"reference": ["a", None]}, "reference: got"),
        ({"known": KnownObjectives([1, 1], lambda p: p["x"])}, "known: got indices"),
        ({"known": KnownObjectives([1], lambda p: "text")}, "known.evaluate: got a str"),  # type: ignore[arg-type, return-value]
        ({"known": KnownObjectives([1], lambda p: p["x"])}, "known.evaluate: got shape"),
    ],
)
def test_what_does_not_fit_the_study_is_refused(arguments: dict[str, Any], message: str) -> None:
    study = optuna.create_study(
        directions=["minimize"] * 2,
        sampler=ARSSampler(
            seed=0, space={"x": optuna.distributions.FloatDistribution(0, 1)}, **arguments
        ),
    )
    with pytest.raises(ConfigError, match=message):
        study.ask().suggest_float("x", 0, 1)


def test_numpy_integers_are_seeds() -> None:
    ARSSampler(seed=np.int64(3), n_startup_trials=np.int32(4))  # type: ignore[arg-type]


def test_constraints_func_is_taken_as_by_optunas_samplers() -> None:
    with pytest.warns(FutureWarning, match="set_constraint"):
        sampler = ARSSampler(seed=0, constraints_func=lambda t: (t.params["x"] - 0.4,))
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda t: -t.suggest_float("x", 0, 1), n_trials=25)
    assert all(t.constraints == {"0": t.params["x"] - 0.4} for t in study.trials)
    assert sum(t.params["x"] <= 0.42 for t in study.trials[15:]) >= 7
    assert 0.35 < study.best_trial.params["x"] <= 0.4


def test_points_asked_for_at_once_differ() -> None:
    study = optuna.create_study(sampler=ARSSampler(seed=0))
    study.optimize(lambda t: t.suggest_int("x", 0, 40) ** 2, n_trials=12)
    trials = [study.ask() for _ in range(5)]
    assert len({trial.suggest_int("x", 0, 40) for trial in trials}) == 5


def test_threads_propose_no_duplicates() -> None:
    study = optuna.create_study(sampler=ARSSampler(seed=0))
    study.optimize(
        lambda t: t.suggest_int("x", 0, 15) + t.suggest_int("y", 0, 15), n_trials=26, n_jobs=4
    )
    assert len({tuple(t.params.values()) for t in study.trials[10:]}) == 16


def beside_another_worker(age: timedelta, params: dict[str, Any]) -> None:
    """Ask for a point while another worker has a trial that began that long ago."""
    study = optuna.create_study(sampler=ARSSampler(seed=0, n_startup_trials=3))

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        return x if x < 0.5 else trial.suggest_float("y", 0, 1)

    study.optimize(objective, n_trials=6)
    distributions: dict[str, BaseDistribution] = {n: FloatDistribution(0, 1) for n in params}
    other = create_trial(state=TrialState.RUNNING, params=params, distributions=distributions)
    other.datetime_start = datetime.now() - age
    study._storage.create_new_trial(study._study_id, other)
    study.ask().suggest_float("x", 0, 1)


def test_no_trial_is_waited_for_because_of_a_parameter_that_it_may_never_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waits"))
    beside_another_worker(timedelta(0), {"x": 0.2})


def test_a_clock_that_is_ahead_does_not_prolong_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrent, "_LONGEST_WAIT", 0.2)
    began = time.monotonic()
    beside_another_worker(timedelta(hours=-2), {})
    assert time.monotonic() - began < 60


WORKER = """
import optuna, sys
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from tinypareto.samplers import ARSSampler
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = JournalStorage(JournalFileBackend(sys.argv[1]))
study = optuna.load_study(study_name="s", storage=storage, sampler=ARSSampler(seed=0))
study.optimize(lambda t: t.suggest_int("x", 0, 15) + t.suggest_int("y", 0, 15), n_trials=8)
"""


def test_four_processes_on_one_journal_propose_no_duplicates(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.log")
    storage = JournalStorage(JournalFileBackend(journal))
    study = optuna.create_study(study_name="s", storage=storage)
    command = [sys.executable, "-c", WORKER, journal]
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(subprocess.run, command, check=True) for _ in range(4)]
        for run in runs:
            run.result()
    proposed = [tuple(t.params.values()) for t in study.trials]
    assert len(proposed) == 32
    assert len(set(proposed[10:])) == 22
