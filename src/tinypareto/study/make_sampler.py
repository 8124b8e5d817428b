"""Choice and set-up of the Optuna sampler that proposes the candidates of a search."""

from collections.abc import Sequence

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.resources import OBJECTIVES, Objective
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.baselines import BASELINES
from tinypareto.search_space.parameter import Parameter
from tinypareto.search_space.presets import PREFIX
from tinypareto.search_space.space import Space


def make_sampler(
    name: str,
    seed: int,
    space: Space,
    cost_model: CostModel,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> BaseSampler:
    """Make the sampler of a search.

    Args:
        name: "ars", which knows the resources of a candidate before it is trained, or a key of
            `BASELINES`.
        seed: Random seed of the sampler.
        space: Search space of candidates.
        cost_model: Computes resources from sparsities.
        objectives: Objectives to minimize, accuracy first.
    """
    if name in BASELINES:
        return BASELINES[name](seed, {p.name: _distribution(p) for p in space.free})
    limited, goals = cost_model.limits.names, list(objectives[1:])
    others = [name for name in limited if name not in goals]
    # Known objectives first, then resources that are only limited, as `KnownObjectives` wants them.
    columns = [limited.index(name) for name in (*goals, *others)]
    known = KnownObjectives(
        indices=range(1, len(objectives)),
        evaluate=lambda params: cost_model.ratios(params)[:, columns],
        limits=(1.0,) * len(goals),
        further=(1.0,) * len(others),
    )
    sparsities = {p.name: p.low for p in space.parameters if p.name.startswith(PREFIX)}
    return ARSSampler(
        seed=seed,
        known=known,
        features=cost_model.features,
        # A score is an objective of at most 1 where it is of interest; see `Score.objective`.
        reference=(1.0, *[None] * len(goals)),
        # Fixed parameters too: resources depend on them.
        space={p.name: _distribution(p) for p in space.parameters},
        # The unpruned network at the center first; all layers are pruned more or less together.
        first=sparsities,
        levels=sparsities.keys(),
    )


def _distribution(parameter: Parameter) -> BaseDistribution:
    low, high, log = parameter.low, parameter.high, parameter.scale == "log"
    if parameter.kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
