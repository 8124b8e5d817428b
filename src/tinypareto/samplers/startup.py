"""The first points of a study, functions of seed, trial number and parameter name alone.

So they need no state: a resumed study, or another worker, continues the same design.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution

from tinypareto.samplers.encoding import Encoding

if TYPE_CHECKING:
    from tinypareto.solvers import Known

Array = NDArray[np.float64]
_NAMES = 2**32 - 1
_BLOCK, _BLOCKS = 256, 16


def uniform_of(seed: int, name: str, number: int, startup: int) -> float:
    """The uniform draw of one parameter in one trial.

    Row `number` of a Latin hypercube of `startup` rows, each parameter having its own column;
    a plain random number after that.
    """
    if number < startup:
        from tinypareto.solvers.designs import latin_hypercube

        column = np.random.default_rng([seed, _NAMES, *name.encode()])
        return float(latin_hypercube(startup, 1, column)[number, 0])
    return float(np.random.default_rng([seed, number, *name.encode()]).random())


def startup_point(
    space: Mapping[str, BaseDistribution],
    seed: int,
    number: int,
    startup: int,
    known: "Known | None",
) -> Array:
    """Row `number` of the Latin hypercube as a (dim,) point.

    Rows that break a known limit are replaced, in order, by the rows of a Sobol sequence that
    keep all limits: nothing is gained by proposing what is known to be infeasible.
    """
    from scipy.stats import qmc

    encoding = Encoding(space)
    draws = [[uniform_of(seed, name, i, startup) for name in space] for i in range(startup)]
    rows = encoding.from_uniform(np.array(draws))
    if known is None:
        return np.asarray(rows[number])
    broken = np.flatnonzero(total_excess(rows, known) > 0.0)
    if number not in broken:
        return np.asarray(rows[number])
    sobol = qmc.Sobol(len(space), rng=np.random.default_rng([seed, _NAMES]))
    place = int(np.flatnonzero(broken == number)[0])
    blocks = (encoding.from_uniform(sobol.random(_BLOCK)) for _ in range(_BLOCKS))
    return within_limits(blocks, known, place)


def random_point(
    space: Mapping[str, BaseDistribution], rng: np.random.Generator, known: "Known | None"
) -> Array:
    """A uniform (dim,) point that keeps the known limits, if one is found."""
    encoding = Encoding(space)
    blocks = (encoding.from_uniform(rng.random((_BLOCK, len(space)))) for _ in range(_BLOCKS))
    return next(blocks)[0] if known is None else within_limits(blocks, known, 0)


def within_limits(blocks: Iterable[Array], known: "Known", place: int) -> Array:
    """The row number `place` among those that keep all limits, or else break them least."""
    rows, excess = np.empty(0), np.empty(0)
    for block in blocks:
        rows = np.concatenate([rows, block]) if len(rows) else block
        excess = np.concatenate([excess, total_excess(block, known)])
        if (excess == 0.0).sum() > place:
            break
    return np.asarray(rows[np.argsort(excess, kind="stable")[place]])


def total_excess(x: Array, known: "Known") -> Array:
    """(n,) sums of what is above the known limits, relative to them."""
    return np.asarray(known.excess(known.evaluate(x)).clip(min=0.0).sum(axis=1))
