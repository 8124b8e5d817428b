"""Insights into a whole study: its hypervolume over time, and the importance of settings."""

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
"""Smallest number of trained networks; fewer say nothing about twenty settings."""
SLOW = 300
"""Number of trained networks beyond which fANOVA takes seconds and PED-ANOVA is used."""


@dataclass(frozen=True)
class Importance:
    """Importance of the settings for the search accuracy.

    Attributes:
        method: "fANOVA" or "PED-ANOVA"; empty if there are too few trained networks.
        trials: Number of trained networks.
        shares: Share of the importance by setting, largest first; the shares sum to one.
    """

    method: str
    trials: int
    shares: dict[str, float] = field(default_factory=dict)


def volumes(rows: Sequence[Row]) -> list[float]:
    """Compute the hypervolume of the feasible front after each trial, relative to the limits.

    Args:
        rows: Finished trials in the order of the study.

    Returns:
        One hypervolume per trial, in [0, 1].
    """
    front: list[tuple[float, ...]] = []
    history: list[float] = []
    volume = 0.0
    for row in rows:
        if row.status in ("front", "dominated"):
            table = [*front, row.objectives]
            mask = nondominated(table)
            # A dominated trial changes neither the front nor its hypervolume.
            if mask[-1]:
                front = [point for point, keep in zip(table, mask, strict=True) if keep]
                volume = hypervolume(front)
        history.append(volume)
    return history


def importance(study: optuna.Study, seed: int = 0) -> Importance:
    """Compute the importance of the settings for the search accuracy.

    Uses Optuna's fANOVA (Hutter 2014), and its PED-ANOVA (Watanabe 2023) for more than `SLOW`
    networks.

    Args:
        study: Study of the search; its first objective is 1 - accuracy.
        seed: Seed of fANOVA's random forest.
    """
    count = len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))
    if count < FEWEST:
        return Importance("", count)
    method = "PED-ANOVA" if count > SLOW else "fANOVA"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        # PED-ANOVA warns that it looks for low values, which is what a minimized error needs.
        warnings.simplefilter("ignore", UserWarning)
        evaluator = (
            PedAnovaImportanceEvaluator() if count > SLOW else FanovaImportanceEvaluator(seed=seed)
        )
        shares = get_param_importances(study, evaluator=evaluator, target=_error)
    return Importance(method, count, shares)


def _error(trial: FrozenTrial) -> float:
    return float(trial.values[0])
