"""What a whole study tells: its hypervolume over time, and the settings that matter."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.importance import (
    FanovaImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from optuna.trial import FrozenTrial, TrialState

from tinypareto.pareto import hypervolume, nondominated
from tinypareto.report.trials import Row

FEWEST = 20
"""Trained networks; fewer say nothing of twenty settings."""
SLOW = 300
"""Trained networks beyond which fANOVA takes seconds and PED-ANOVA is used."""


@dataclass(frozen=True)
class Importance:
    """How much the settings matter for the search's accuracy.

    Attributes:
        method: "fANOVA" or "PED-ANOVA"; empty where there is none.
        trials: Trained networks that it is from.
        shares: By setting, largest first; the sum is one.
    """

    method: str
    trials: int
    shares: dict[str, float] = field(default_factory=dict)


def volumes(rows: Sequence[Row]) -> list[float]:
    """Hypervolume of the feasible front after each trial, against the limits.

    Args:
        rows: In the order of the study.
    """
    front: list[tuple[float, ...]] = []
    told: list[float] = []
    volume = 0.0
    for row in rows:
        if row.status in ("front", "dominated"):
            table = [*front, row.objectives]
            kept = nondominated(table)
            if kept[-1]:
                front = [point for point, keep in zip(table, kept, strict=True) if keep]
                volume = hypervolume(front)
        told.append(volume)
    return told


def importance(study: optuna.Study, seed: int = 0) -> Importance:
    """Which settings matter for the search's accuracy.

    fANOVA (Hutter 2014), and from `SLOW` networks on PED-ANOVA (Watanabe 2023), as Optuna has them.

    Args:
        study: Of the search; the first objective is 1 - accuracy.
        seed: Of fANOVA's forest.
    """
    count = len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))
    if count < FEWEST:
        return Importance("", count)
    method = "PED-ANOVA" if count > SLOW else "fANOVA"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        # PED-ANOVA tells that low values are sought, as they are.
        warnings.simplefilter("ignore", UserWarning)
        evaluator = (
            PedAnovaImportanceEvaluator() if count > SLOW else FanovaImportanceEvaluator(seed=seed)
        )
        shares = get_param_importances(study, evaluator=evaluator, target=_error)
    return Importance(method, count, shares)


def _error(trial: FrozenTrial) -> float:
    return float(trial.values[0])
