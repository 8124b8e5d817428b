"""Choice and set-up of the Optuna sampler that proposes the candidates of a search."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler

from tinypareto.resources import OBJECTIVES, Limits, Objective
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.activity import Rule
from tinypareto.samplers.baselines import BASELINES
from tinypareto.search_space.parameter import Parameter, Value
from tinypareto.search_space.presets import PREFIX
from tinypareto.search_space.space import Space

Floats = NDArray[np.float64]


class Costs(Protocol):
    """What a sampler asks of a cost model; `Structures` and `CostModel` say what it means."""

    @property
    def limits(self) -> Limits:
        """Limits of the search."""
        ...

    def ratios(self, params: Mapping[str, Floats]) -> Floats:
        """Resources divided by their limits."""
        ...

    def features(self, params: Mapping[str, Floats]) -> Floats:
        """Further inputs of the surrogate of the score."""
        ...


def make_sampler(
    name: str,
    seed: int,
    space: Space,
    costs: Costs,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> BaseSampler:
    """Make the sampler of a search.

    Args:
        name: "ars", which knows the resources of a candidate before it is trained, or a key of
            `BASELINES`.
        seed: Random seed of the sampler.
        space: Search space of candidates.
        costs: Computes resources from parameters.
        objectives: Objectives to minimize, accuracy first.
    """
    if name in BASELINES:
        return BASELINES[name](seed, {p.name: _distribution(p) for p in space.free})
    limited, goals = costs.limits.names, list(objectives[1:])
    others = [name for name in limited if name not in goals]
    # Known objectives first, then resources that are only limited, as `KnownObjectives` wants them.
    columns = [limited.index(name) for name in (*goals, *others)]
    known = KnownObjectives(
        indices=range(1, len(objectives)),
        evaluate=lambda params: costs.ratios(params)[:, columns],
        limits=(1.0,) * len(goals),
        further=(1.0,) * len(others),
    )
    sparsities = {p.name: p.low for p in space.parameters if p.name.startswith(PREFIX)}
    choices = {p.name: p.choices[0] for p in space.parameters if p.kind == "choice"}
    return ARSSampler(
        seed=seed,
        known=known,
        features=costs.features,
        # A score is an objective of at most 1 where it is of interest; see `Score.objective`.
        reference=(1.0, *[None] * len(goals)),
        # Fixed parameters too: resources depend on them.
        space={p.name: _distribution(p) for p in space.parameters},
        rules=_rules(space),
        # The unpruned network at the center first; all layers are pruned more or less together.
        first={**choices, **sparsities},
        levels=sparsities.keys(),
    )


def _rules(space: Space) -> dict[str, Rule]:
    """When the sampler has to leave out a parameter."""
    parameters = {p.name: p for p in space.parameters}
    return {
        p.name: Rule(p.when.parent, _others(parameters[p.when.parent], p.when.values), True)
        for p in space.parameters
        if p.when is not None
    }


def _others(parameter: Parameter, values: Sequence[Value]) -> tuple[Value, ...]:
    """The values of a choice or whole number that are not among these."""
    every = parameter.choices or range(int(parameter.low), int(parameter.high) + 1)
    return tuple(value for value in every if value not in values)


def _distribution(parameter: Parameter) -> BaseDistribution:
    if parameter.kind == "choice":
        return CategoricalDistribution(parameter.choices)
    low, high, log = parameter.low, parameter.high, parameter.scale == "log"
    if parameter.kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
