"""Turns the trials of a study into the history that a solver learns from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.known_objectives import signs
from tinypareto.samplers.penalties import tame

if TYPE_CHECKING:
    from tinypareto.solvers import History

Array = NDArray[np.float64]

ESTIMATE = "estimated_values"
"""User attribute of a pruned trial with the values that it would probably have had."""


def history_from_study(
    study: Study,
    trial: FrozenTrial,
    space: Mapping[str, BaseDistribution],
    encoding: Encoding,
    proposed: Mapping[int, Mapping[str, Any]] | None = None,
) -> "History":
    """Collect the other trials of the study as points of the space.

    Objectives come from complete trials, and from pruned ones with an `ESTIMATE`; constraints from
    every finished trial that has any: a candidate given up for its constraints still teaches them.
    Running trials are pending. Trials with other bounds for a parameter of the space are left out,
    and those that have set none of its parameters.

    Args:
        study: Study to read.
        trial: Trial that a point is proposed for; left out.
        space: Distribution by parameter name.
        encoding: Encoding of the space.
        proposed: Parameters, by trial number, that running trials will set.

    Returns:
        History with encoded points and minimized objectives, penalties tamed.
    """
    from tinypareto.solvers import History

    others = [
        t
        for t in study.get_trials(deepcopy=False)
        if t.number != trial.number
        and all(t.distributions.get(n, d) == d for n, d in space.items())
    ]
    finished = [
        t for t in others if t.state.is_finished() and not space.keys().isdisjoint(t.params)
    ]
    running = [
        {**(proposed or {}).get(t.number, {}), **t.params}
        for t in others
        if t.state == TrialState.RUNNING
    ]
    sign = signs(study.directions)
    y = np.full((len(finished), len(sign)), np.nan)
    for row, t in zip(y, finished, strict=True):
        values = t.values if t.state == TrialState.COMPLETE else t.user_attrs.get(ESTIMATE)
        if values is not None:
            row[:] = sign * np.array(values)
    return History(
        x=encoding.encode([t.params for t in finished]),
        y=tame(y),
        c=_tame_constraints(_constraints(finished)),
        pending=encoding.encode([row for row in running if not space.keys().isdisjoint(row)]),
    )


def _tame_constraints(c: Array) -> Array:
    """Tame penalties; a constraint that is broken, or kept, stays so."""
    tamed = tame(c)
    turned = (c > 0.0) != (tamed > 0.0)
    # A column of kept constraints with one infinite violation, or the reverse.
    tamed[turned] = np.sign(c[turned])
    return tamed


def _constraints(trials: Sequence[FrozenTrial]) -> Array:
    """(n, k) constraints by sorted name, NaN if a trial has not set one."""
    recorded = [t.constraints for t in trials]
    names = sorted({name for row in recorded for name in row})
    table = [[row.get(name, np.nan) for name in names] for row in recorded]
    return np.array(table, dtype=np.float64).reshape(len(trials), len(names))
