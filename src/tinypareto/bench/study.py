"""Runs one study of one solver on one problem."""

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.study import StudyDirection

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.solver import Solver
from tinypareto.samplers.design import Design
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers.history import Mask

STARTUP_TRIALS = 10


@dataclass(frozen=True)
class Outcome:
    """The result of a study, trial by trial.

    Attributes:
        values: (n, m) scaled objectives without noise; see `Problem.scaled`.
        feasible: (n,) mask of the trials that break no constraint.
        seconds: (n,) CPU seconds of the asks.
    """

    values: Array
    feasible: Mask
    seconds: Array


def run(problem: Problem, solver: Solver, seed: int, trials: int) -> Outcome:
    """Run a study whose first ten trials are the same Latin hypercube for every solver.

    Args:
        problem: Problem to minimize.
        solver: Solver that proposes the other trials.
        seed: Seed of the Latin hypercube and of the solver.
        trials: Number of trials, at least ten.
    """
    study = _study(problem, solver, seed)
    space = log_kept(problem) if solver.log_kept else problem.space
    encoding = Encoding(problem.space)
    design = Design(seed, STARTUP_TRIALS)
    for number in range(STARTUP_TRIALS):
        params = encoding.params(design.point(encoding, number, None))
        study.enqueue_trial(to_log(problem, params) if solver.log_kept else params)
    columns: list[dict[str, Any]] = []
    seconds: list[float] = []
    for _ in range(trials):
        start = time.process_time()
        trial = study.ask(dict(space))
        seconds.append(time.process_time() - start)
        params = from_log(problem, trial.params) if solver.log_kept else trial.params
        columns.append(params)
        row = {name: np.array([params[name]]) for name in problem.space}
        for j, value in enumerate(problem.constraints(row)[0]):
            trial.set_constraint(str(j), float(value))
        study.tell(trial, problem.evaluate(row)[0].tolist())
    table = {name: np.array([row[name] for row in columns]) for name in problem.space}
    return Outcome(
        problem.scaled(problem.true(table)),
        np.asarray((problem.constraints(table) <= 0.0).all(axis=1)),
        np.array(seconds),
    )


def _study(problem: Problem, solver: Solver, seed: int) -> optuna.Study:
    directions = [StudyDirection.MINIMIZE] * len(problem.reference)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return optuna.create_study(directions=directions, sampler=solver.make(seed, problem))


def log_kept(problem: Problem) -> Mapping[str, BaseDistribution]:
    """Return the space with the logarithm of kept shares in place of removed shares."""
    space = dict(problem.space)
    for name in problem.kept:
        removed = space[name]
        assert isinstance(removed, FloatDistribution)
        space[name] = FloatDistribution(np.log1p(-removed.high), np.log1p(-removed.low))
    return space


def to_log(problem: Problem, params: Mapping[str, Any]) -> dict[str, Any]:
    """Convert one candidate to the coordinates of `log_kept`."""
    return {n: float(np.log1p(-v)) if n in problem.kept else v for n, v in params.items()}


def from_log(problem: Problem, params: Mapping[str, Any]) -> dict[str, Any]:
    """Invert `to_log`."""
    return {n: float(-np.expm1(v)) if n in problem.kept else v for n, v in params.items()}
