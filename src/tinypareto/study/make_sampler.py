"""Choice and set-up of the Optuna sampler that proposes the candidates of a search."""

from collections.abc import Callable, Sequence

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler

from tinypareto.evaluation.cost_model import Floats, Params, Predictor
from tinypareto.resources import OBJECTIVES, Objective
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.baselines import PEERS
from tinypareto.search_space.parameter import Parameter
from tinypareto.search_space.space import Space


def make_sampler(
    name: str,
    seed: int,
    space: Space,
    predictor: Predictor,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> BaseSampler:
    """Make the sampler of a search.

    Args:
        name: "ars", which knows the resources of a candidate before it is trained, or a key of
            `PEERS`.
        seed: Random seed of the sampler.
        space: Search space of candidates.
        predictor: Computes resources from sparsities.
        objectives: Objectives to minimize, accuracy first.
    """
    distributions = {p.name: _distribution(p) for p in space.free}
    if name in PEERS:
        return PEERS[name](seed, distributions)
    # Parameters with a single value are not part of Optuna's space, but the predictor needs them.
    fixed = {p.name: p.low for p in space.parameters if p.fixed}

    def with_fixed(function: Callable[[Params], Floats]) -> Callable[[Params], Floats]:
        def complete(params: Params) -> Floats:
            like = next(iter(params.values()))
            return function({n: np.full(len(like), v) for n, v in fixed.items()} | dict(params))

        return complete

    limited, goals = predictor.limits.names, list(objectives[1:])
    others = [name for name in limited if name not in goals]
    # Known objectives first, then resources that are only limited, as `KnownObjectives` wants them.
    columns = [limited.index(name) for name in (*goals, *others)]
    ratios, features = with_fixed(predictor.ratios), with_fixed(predictor.features)
    known = KnownObjectives(
        indices=range(1, len(objectives)),
        evaluate=lambda params: ratios(params)[:, columns],
        limits=(1.0,) * len(goals),
        further=(1.0,) * len(others),
    )
    return ARSSampler(
        seed=seed,
        known=known,
        features=features,
        reference=(1.0, *[None] * len(goals)),
        space=distributions,
    )


def _distribution(parameter: Parameter) -> BaseDistribution:
    low, high, log = parameter.low, parameter.high, parameter.scale == "log"
    if parameter.kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
