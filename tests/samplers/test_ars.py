import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState

from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.errors import ConfigError
from tinypareto.pareto import hypervolume
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import posterior

optuna.logging.set_verbosity(optuna.logging.WARNING)
PROBLEM = TinyMLSynthetic()
MIN = StudyDirection.MINIMIZE
KNOWN = KnownObjectives(PROBLEM.known_indices, PROBLEM.resources, PROBLEM.limits)

Params = dict[str, np.ndarray]


def two(trial: Trial) -> tuple[float, float]:
    x, n = trial.suggest_float("x", 1e-3, 1.0, log=True), trial.suggest_int("n", 1, 9)
    c = trial.suggest_categorical("c", ["a", "b"])
    return x + n * (c == "a"), (x - 0.5) ** 2 + 1 / n


def study(sampler: ARSSampler, directions: Sequence[StudyDirection] = (MIN, MIN)) -> optuna.Study:
    return optuna.create_study(directions=directions, sampler=sampler)


def params(s: optuna.Study) -> list[dict[str, Any]]:
    return [t.params for t in s.trials]


def run_synthetic(sampler: optuna.samplers.BaseSampler, trials: int) -> float:
    s = optuna.create_study(directions=["minimize"] * 4, sampler=sampler)
    values = []
    for _ in range(trials):
        trial = s.ask(PROBLEM.space)
        y = PROBLEM.evaluate({k: np.array([v]) for k, v in trial.params.items()})[0]
        for j in PROBLEM.known_indices:
            trial.set_constraint(str(j), y[j] - 1.0)
        s.tell(trial, y.tolist())
        values.append(y)
    table = np.array(values)
    return hypervolume(table[(table[:, 1:] <= 1.0).all(axis=1)])


@pytest.mark.parametrize(
    ("arguments", "at_least"),
    [({}, 1.5), ({"known": KNOWN}, 3.0), ({"known": KNOWN, "features": PROBLEM.features}, 4.0)],
)
def test_beats_random_search_on_the_synthetic_problem(
    arguments: dict[str, Any], at_least: float
) -> None:
    def mean(make: Callable[[int], optuna.samplers.BaseSampler]) -> float:
        return float(np.mean([run_synthetic(make(s), 30) for s in range(2)]))

    random = mean(lambda s: optuna.samplers.RandomSampler(seed=s))
    assert mean(lambda s: ARSSampler(s, **arguments)) > at_least * random


SCRIPT = """
import optuna, sys
from tinypareto.samplers import ARSSampler
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(sampler=ARSSampler(seed=7, n_startup_trials=3))
study.optimize(lambda t: (t.suggest_float("x", -1, 1) - t.suggest_int("n", 0, 50)) ** 2, n_trials=5)
print([t.params for t in study.trials])
"""


def test_fresh_processes_with_the_same_seed_propose_the_same() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.count("'x'") == 5


def test_resumed_study_goes_on_as_if_never_interrupted() -> None:
    whole, parts = (
        study(ARSSampler(3, n_startup_trials=4)),
        study(ARSSampler(3, n_startup_trials=4)),
    )
    whole.optimize(two, 7)
    for n in (2, 3, 2):
        parts.sampler = ARSSampler(3, n_startup_trials=4)
        parts.optimize(two, n)
    assert params(whole) == params(parts)


def test_startup_is_a_latin_hypercube_even_while_trials_run() -> None:
    s = study(ARSSampler(0, n_startup_trials=8))
    space: dict[str, BaseDistribution] = {"x": optuna.distributions.FloatDistribution(0.0, 1.0)}
    running = [s.ask(space) for _ in range(8)]
    slices = sorted(int(8 * t.params["x"]) for t in running)
    assert slices == list(range(8))


def test_startup_points_keep_known_limits_unless_as_printed() -> None:
    def broken(sampler: ARSSampler) -> int:
        s = study(sampler, (MIN,) * 4)
        trials = [s.ask(PROBLEM.space).params for _ in range(10)]
        assert len({tuple(t.values()) for t in trials}) == 10
        columns = {k: np.array([t[k] for t in trials]) for k in PROBLEM.space}
        return int((PROBLEM.resources(columns) > 1.0).any(axis=1).sum())

    assert broken(ARSSampler(0, known=KNOWN, space=PROBLEM.space)) == 0
    assert broken(ARSSampler(0, "paper", known=KNOWN, space=PROBLEM.space)) > 0


def test_maximized_objectives_and_lower_limits() -> None:
    """The known objective is maximized with a lower bound: x >= 0.7; the other wants x = 0."""

    def objective(trial: Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        return -x - trial.suggest_float("y", 0, 1), x

    known = KnownObjectives((1,), lambda p: p["x"][:, None], (0.7,))
    s = study(ARSSampler(0, n_startup_trials=4, known=known), (StudyDirection.MAXIMIZE,) * 2)
    s.optimize(objective, 10)
    assert all(t.params["x"] >= 0.7 for t in s.trials[4:])
    assert min(t.params["y"] for t in s.trials) < 0.1


def test_single_objective_finds_the_minimum() -> None:
    s = optuna.create_study(sampler=ARSSampler(0))
    s.optimize(lambda t: sum((t.suggest_float(n, 0, 1) - 0.3) ** 2 for n in "abcd"), 30)
    assert s.best_value < 0.01


def test_pruned_trials_teach_constraints_and_never_objectives() -> None:
    """What is infeasible is pruned with an intermediate value that would mislead."""

    def objective(trial: Trial) -> float:
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        trial.set_constraint("x", x - 0.4)
        if x > 0.4:
            trial.report(-100.0, 0)
            raise optuna.TrialPruned
        return y - x

    s = optuna.create_study(sampler=ARSSampler(0))
    s.optimize(objective, 25)
    assert max(t.params["x"] for t in s.trials[12:]) < 0.5
    assert max(t.params["x"] for t in s.trials if t.state == TrialState.COMPLETE) > 0.35


@pytest.mark.parametrize("outcome", ["fail", "nan", "prune"])
def test_studies_of_only_failures_go_on(outcome: str) -> None:
    def objective(trial: Trial) -> float:
        trial.suggest_float("x", 0, 1)
        if outcome == "fail":
            raise RuntimeError
        if outcome == "prune":
            raise optuna.TrialPruned
        return float("nan")

    s = optuna.create_study(sampler=ARSSampler(0, n_startup_trials=2))
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    s.optimize(objective, 5, catch=(RuntimeError,))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    assert len({t.params["x"] for t in s.trials}) == 5


def test_infinite_objectives_are_left_out() -> None:
    s = optuna.create_study(sampler=ARSSampler(0, n_startup_trials=3))
    s.optimize(lambda t: np.inf if t.suggest_float("x", 0, 1) > 0.5 else t.params["x"], 6)
    assert len(s.trials) == 6


def test_failed_surrogate_proposes_a_random_point(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise posterior.SurrogateError("no posterior")

    monkeypatch.setattr("tinypareto.solvers.surrogate.condition", fail)
    s = study(ARSSampler(0, n_startup_trials=2))
    s.optimize(two, 6)
    assert len(s.trials) == 6


def test_never_proposes_a_candidate_twice() -> None:
    s = optuna.create_study(sampler=ARSSampler(0, n_startup_trials=4))
    s.optimize(lambda t: float(t.suggest_int("a", 0, 3) + t.suggest_int("b", 0, 3)), 14)
    late = [tuple(t.params.values()) for t in s.trials[4:]]
    seen = [tuple(t.params.values()) for t in s.trials[:4]]
    assert len(set(late)) == 10
    assert not set(late) & set(seen)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ARSSampler(preset="best"),
            "preset: got 'best', wanted one of default, black-box, paper",
        ),
        (lambda: ARSSampler(n_startup_trials=0), "n_startup_trials: got 0"),
        (lambda: ARSSampler(seed=-1), "seed: got -1"),
    ],
)
def test_bad_arguments(make: Callable[[], ARSSampler], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (KnownObjectives((5,), lambda p: p["x"][:, None]), r"got indices \(5,\)"),
        (KnownObjectives((1,), lambda p: p["x"][:, None], (1.0, 2.0)), "got 2 values, wanted 1"),
        (KnownObjectives((1,), lambda p: p["x"]), r"known.evaluate: got shape"),
        (KnownObjectives((1,), lambda p: p["x"][:, None] * np.nan), "not finite"),
    ],
)
def test_bad_known_objectives(known: KnownObjectives, message: str) -> None:
    s = study(ARSSampler(0, n_startup_trials=1, known=known))
    with pytest.raises(ConfigError, match=message):
        s.optimize(two, 2)


def test_a_reference_point_has_one_value_per_objective() -> None:
    s = study(ARSSampler(0, n_startup_trials=1, reference=(1.0,)))
    with pytest.raises(ConfigError, match="reference: got 1 values, wanted 2"):
        s.optimize(two, 2)


def test_known_limits_of_what_is_no_objective_are_kept() -> None:
    """One objective; the resources are only limited, and proposals keep to that."""
    limited = KnownObjectives((), PROBLEM.resources, further=PROBLEM.limits)
    sampler = ARSSampler(0, known=limited, features=PROBLEM.features, space=PROBLEM.space)
    s = optuna.create_study(sampler=sampler)
    for _ in range(14):
        trial = s.ask(PROBLEM.space)
        columns = {k: np.array([v]) for k, v in trial.params.items()}
        assert PROBLEM.resources(columns).max() <= 1.0
        s.tell(trial, PROBLEM.evaluate(columns)[0, 0])
