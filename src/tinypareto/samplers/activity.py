"""Which parameters a study has, and on which other parameter it depends that one is set.

An objective such as

    if trial.suggest_categorical("net", ["conv", "dense"]) == "conv":
        trial.suggest_int("reach", 3, 9)

has a conditional parameter. Nothing but the finished trials tells when it is set, so the rule is
read from them: `reach` is set if and only if `net` is "conv".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

_ABSENT = object()
_MOST_VALUES = 64
"""Values of a parent at most: with more, each would have been met too seldom to be a rule."""


@dataclass(frozen=True)
class Rule:
    """When a conditional parameter is not set.

    Attributes:
        parent: Name of the parameter that decides it.
        inactive: Values of the parent with which the parameter was never set.
        inactive_without: Whether the parameter is not set if the parent is not.
    """

    parent: str
    inactive: tuple[Any, ...]
    inactive_without: bool


def union_space(trials: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    """Collect the parameters of all trials that completed or were pruned.

    Unlike Optuna's intersection it keeps parameters that only some trials have set. A parameter
    whose distribution changed in the course of the study is left out.

    Args:
        trials: Trials of the study, in any state.

    Returns:
        Distribution by parameter name.
    """
    space: dict[str, BaseDistribution] = {}
    changed: set[str] = set()
    for trial in trials:
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            for name, distribution in trial.distributions.items():
                if space.setdefault(name, distribution) != distribution:
                    changed.add(name)
    return {name: d for name, d in space.items() if name not in changed}


def find_rules(
    trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]
) -> dict[str, Rule]:
    """Read from finished trials when conditional parameters are set.

    A parameter's parent is a discrete parameter, set in more trials than it is, whose value has
    decided in every trial whether the parameter was set. Of several the one with the fewest values
    is taken: it claims the least. A parameter without such a parent gets no rule.

    Args:
        trials: Trials of the study, in any state.
        space: Distribution by parameter name.

    Returns:
        Rule by parameter name, each after the rule of its parent.
    """
    rows = [t.params for t in trials if t.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    counts = {name: sum(name in row for row in rows) for name in space}
    discrete = [
        n for n, d in space.items() if isinstance(d, CategoricalDistribution | IntDistribution)
    ]
    rules = {}
    for name in sorted(space, key=lambda name: -counts[name]):
        parents = [other for other in discrete if len(rows) >= counts[other] > counts[name] > 0]
        outcomes = [(parent, _outcomes(rows, parent, name)) for parent in parents]
        decided = [(parent, seen) for parent, seen in outcomes if seen is not None]
        if decided:
            parent, seen = min(decided, key=lambda pair: len(pair[1]))
            inactive = tuple(value for value, active in seen.items() if not active)
            present = tuple(value for value in inactive if value is not _ABSENT)
            rules[name] = Rule(parent, present, len(present) < len(inactive))
    return rules


def _outcomes(rows: Sequence[Mapping[str, Any]], parent: str, name: str) -> dict[Any, bool] | None:
    """Whether the parameter is set, by value of the parent; None if that does not decide it."""
    seen: dict[Any, bool] = {}
    for row in rows:
        active = name in row
        if seen.setdefault(row.get(parent, _ABSENT), active) != active:
            return None
    return seen if len(seen) <= _MOST_VALUES else None
