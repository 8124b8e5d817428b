"""Finished trials of a study, with their status and metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from tinypareto.report.metrics import KEYS, SCORES, Metric, metrics
from tinypareto.results.front import Front
from tinypareto.search_space.parameter import Value
from tinypareto.study.study import CAUSE, MEASUREMENT

Status = Literal["front", "dominated", "infeasible", "failed"]


@dataclass(frozen=True)
class Row:
    """One finished trial.

    Attributes:
        number: Trial number.
        status: "front" (feasible and not dominated), "dominated" (feasible), "infeasible" or
            "failed".
        figures: Value by metric; None if it is unknown, as the accuracy of an untrained network is.
        params: Structure, settings and sparsities.
        objectives: Values of the objectives, all minimized; empty if the network was not trained.
        cause: Why the trial failed; empty if it did not.
    """

    number: int
    status: Status
    figures: Mapping[str, float | None]
    params: Mapping[str, Value]
    objectives: tuple[float, ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class History:
    """Finished trials of a study, in order.

    Attributes:
        metrics: Metrics of the trials.
        rows: The trials.
    """

    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]


def read_history(study: Study, front: Front) -> History:
    """Read the finished trials of a search.

    Args:
        study: Study of the search.
        front: Front of the same search.
    """
    finished = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished()]
    known = metrics(front, timed=any(_used(t, "latency", front) is not None for t in finished))
    listed = {point.number for point in front.points}
    return History(known, tuple(_row(trial, known, front, listed) for trial in finished))


def _row(trial: FrozenTrial, known: Sequence[Metric], front: Front, listed: set[int]) -> Row:
    measured = front.learning_task.score.from_file(trial.user_attrs.get(MEASUREMENT, {}))
    figures: dict[str, float | None] = {
        key: measured.get(name) for key, (name, _) in SCORES.items()
    }
    for name, key in KEYS.items():
        if any(metric.key == key for metric in known):
            figures[key] = _used(trial, name, front)
    return Row(
        number=trial.number,
        status=_status(trial, listed, _fits(figures, known)),
        figures=figures,
        params=trial.params,
        objectives=tuple(trial.values) if trial.state == TrialState.COMPLETE else (),
        cause=trial.user_attrs.get(CAUSE, ""),
    )


def _used(trial: FrozenTrial, name: str, front: Front) -> float | None:
    """Return a resource of the network as measured, or as predicted if it was not trained."""
    measured = trial.user_attrs.get(MEASUREMENT, {}).get("resources", {})
    limit = getattr(front.limits, KEYS[name])
    if KEYS[name] in measured:
        value: float | None = measured[KEYS[name]]
        return value
    if name not in trial.constraints or limit is None:
        return None
    # A constraint is the predicted resource's relative excess over its limit.
    return float(round((1 + trial.constraints[name]) * limit, 6))


def _fits(figures: Mapping[str, float | None], known: Sequence[Metric]) -> bool:
    return all((figures[m.key] or 0) <= m.limit for m in known if m.limit is not None)


def _status(trial: FrozenTrial, listed: set[int], fits: bool) -> Status:
    if trial.state == TrialState.FAIL:
        return "failed"
    if trial.number in listed:
        return "front"
    return "dominated" if fits and trial.state == TrialState.COMPLETE else "infeasible"


def columns(rows: Sequence[Row], metrics: Sequence[Metric]) -> dict[str, Any]:
    """Convert rows to columns, as values of JSON for the page."""
    names = list(dict.fromkeys(name for row in rows for name in row.params))
    return {
        "number": [row.number for row in rows],
        "status": [row.status for row in rows],
        "cause": [row.cause for row in rows],
        "figures": {m.key: [row.figures[m.key] for row in rows] for m in metrics},
        "params": {name: [_short(row.params.get(name)) for row in rows] for name in names},
    }


def _short(value: Value | None) -> Value | None:
    """Round a setting to four digits, which are enough to tell settings apart."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
