"""A study's trials as the history that a solver is told."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.known_objectives import signs

if TYPE_CHECKING:
    from tinypareto.solvers import History

ESTIMATE = "estimated_values"
"""User attribute of a pruned trial: the values that it would probably have had."""


def history_of(
    study: Study, trial: FrozenTrial, space: Mapping[str, BaseDistribution]
) -> "History":
    """What the other trials of the study tell about the points of the space.

    Objectives come from complete trials, and from pruned ones with an `ESTIMATE`; constraints from
    every finished trial that has any: a candidate given up for its constraints still teaches them.
    Running trials are pending. Trials without some parameter of the space, or with other bounds
    for it, are left out.
    """
    from tinypareto.solvers import History

    encoding = Encoding(space)
    others = [
        t
        for t in study.get_trials(deepcopy=False)
        if t.number != trial.number and all(t.distributions.get(n) == d for n, d in space.items())
    ]
    finished = [t for t in others if t.state.is_finished()]
    running = [t for t in others if t.state == TrialState.RUNNING]
    sign = signs(study.directions)
    y = np.full((len(finished), len(sign)), np.nan)
    for row, t in zip(y, finished, strict=True):
        values = t.values if t.state == TrialState.COMPLETE else t.user_attrs.get(ESTIMATE)
        if values is not None:
            row[:] = sign * np.array(values)
    return History(
        x=encoding.encode([t.params for t in finished]),
        y=y,
        c=_constraints(finished),
        pending=encoding.encode([t.params for t in running]),
    )


def _constraints(
    trials: Sequence[FrozenTrial],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    recorded = [t.constraints for t in trials]
    names = sorted({name for row in recorded for name in row})
    table = [[row.get(name, np.nan) for name in names] for row in recorded]
    return np.array(table, dtype=np.float64).reshape(len(trials), len(names))
