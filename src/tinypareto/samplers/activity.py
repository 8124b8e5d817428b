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

_LEARNED = (TrialState.COMPLETE, TrialState.PRUNED)
"""States of the trials that show which parameters are set."""
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
        if trial.state in _LEARNED:
            for name, distribution in trial.distributions.items():
                if space.setdefault(name, distribution) != distribution:
                    changed.add(name)
    return {name: d for name, d in space.items() if name not in changed}


def always_set(trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]) -> set[str]:
    """Find the parameters of a space that every finished trial with any parameter has set."""
    rows = [t.params for t in trials if t.state in _LEARNED and t.params]
    return {name for name in space if all(name in row for row in rows)}


def find_rules(
    trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]
) -> dict[str, Rule]:
    """Read from finished trials when conditional parameters are set.

    A parameter's parent is a discrete parameter, set in more trials than it is, whose value has
    decided in every trial whether the parameter was set. Of several the one with the fewest values
    is taken: it claims the least. A parameter without such a parent gets no rule. Trials with
    other bounds for a parameter of the space are left out: their values may be none of it.

    Args:
        trials: Trials of the study, in any state.
        space: Distribution by parameter name.

    Returns:
        Rule by parameter name, each after the rule of its parent.
    """
    # Most studies have no conditional parameter, and what follows takes ten times as long.
    if always_set(trials, space) == space.keys():
        return {}
    rows = [
        {n: space[n].to_internal_repr(v) for n, v in t.params.items() if n in space}
        for t in trials
        if t.state in _LEARNED and all(space.get(n, d) == d for n, d in t.distributions.items())
    ]
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
            inactive = [value for value, active in seen.items() if not active]
            external = space[parent].to_external_repr
            present = tuple(external(value) for value in inactive if value is not None)
            rules[name] = Rule(parent, present, None in inactive)
    return rules


def _outcomes(
    rows: Sequence[Mapping[str, float]], parent: str, name: str
) -> dict[float | None, bool] | None:
    """Whether the parameter is set, by value of the parent; None if that does not decide it.

    Values are Optuna's internal ones, since a choice may be a list, which is no key. The key None
    stands for a parent that is not set.
    """
    seen: dict[float | None, bool] = {}
    for row in rows:
        active = name in row
        if seen.setdefault(row.get(parent), active) != active:
            return None
    return seen if len(seen) <= _MOST_VALUES else None
