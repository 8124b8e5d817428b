"""What the axes of the report stand for."""

from dataclasses import dataclass

from tinypareto.resources import ALL_OBJECTIVES, TITLES, Objective
from tinypareto.results.front import Front

KEYS = {"rom": "rom_bytes", "ram": "ram_bytes", "flops": "flops", "latency": "latency_ms"}
"""Figures of `tinypareto.resources.Resources` by objective."""
_KINDS = {"rom": "bytes", "ram": "bytes", "flops": "count", "latency": "ms"}


@dataclass(frozen=True)
class Metric:
    """A figure of every trial.

    Attributes:
        key: Name of the figure.
        label: For people.
        kind: "share" (a fraction, shown in per cent), "bytes", "ms" or "count".
        objective: Whether the search optimised it.
        limit: The most that the search allowed, if it limited it.
        higher: Whether more is better.
    """

    key: str
    label: str
    kind: str
    objective: bool
    limit: float | None = None
    higher: bool = False


ACCURACIES = (
    Metric("accuracy_search", "accuracy, search", "share", True, higher=True),
    Metric("accuracy", "accuracy, int8 (test)", "share", False, higher=True),
    Metric("accuracy_float", "accuracy, float (test)", "share", False, higher=True),
)
"""Of a trained network; that of the search is the objective."""


def metrics(front: Front, timed: bool) -> tuple[Metric, ...]:
    """The figures of a search's trials.

    Args:
        front: Of the search.
        timed: Whether any trial has a latency.
    """
    names = [name for name in ALL_OBJECTIVES[1:] if name != "latency" or timed]
    return (*ACCURACIES, *(_resource(name, front) for name in names))


def _resource(name: Objective, front: Front) -> Metric:
    limit = getattr(front.limits, KEYS[name])
    return Metric(KEYS[name], TITLES[name], _KINDS[name], name in front.objectives, limit)
