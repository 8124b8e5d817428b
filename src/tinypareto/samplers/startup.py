"""The first points of a study, functions of seed, trial number and parameter name alone.

They need no state, so a resumed study or another worker continues the same design.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tinypareto.samplers.encoding import Encoding

if TYPE_CHECKING:
    from tinypareto.solvers import Known

Array = NDArray[np.float64]
_NAMES = 2**32 - 1
_BLOCK, _BLOCKS = 256, 16


def uniform_draw(seed: int, name: str, number: int, startup: int) -> float:
    """Draw the uniform number in [0, 1) of one parameter in one trial.

    It is row `number` of a Latin hypercube of `startup` rows, in which each parameter has its own
    column; after the last row it is a plain random number.
    """
    if number < startup:
        from tinypareto.solvers.designs import latin_hypercube

        column = np.random.default_rng([seed, _NAMES, *name.encode()])
        return float(latin_hypercube(startup, 1, column)[number, 0])
    return float(np.random.default_rng([seed, number, *name.encode()]).random())


def startup_point(
    encoding: Encoding,
    seed: int,
    number: int,
    startup: int,
    known: "Known | None",
) -> Array:
    """Compute row `number` of the Latin hypercube as a (dim,) point.

    Rows that break a known limit are replaced, in order, by the rows of a Sobol sequence that
    keep all limits: proposing a point that is known to be infeasible gains nothing.

    Args:
        encoding: Search space.
        seed: Seed of the study.
        number: Number of the trial, below `startup`.
        startup: Number of rows of the design.
        known: Known limits to keep; None to keep the plain hypercube.
    """
    from scipy.stats import qmc

    names = encoding.names
    draws = [[uniform_draw(seed, name, i, startup) for name in names] for i in range(startup)]
    rows = encoding.from_uniform(np.array(draws))
    if known is None:
        return np.asarray(rows[number])
    broken = np.flatnonzero(total_excess(rows, known) > 0.0)
    if number not in broken:
        return np.asarray(rows[number])
    sobol = qmc.Sobol(len(names), rng=np.random.default_rng([seed, _NAMES]))
    index = int(np.flatnonzero(broken == number)[0])
    blocks = (encoding.from_uniform(sobol.random(_BLOCK)) for _ in range(_BLOCKS))
    return within_limits(blocks, known, index)


def random_point(encoding: Encoding, rng: np.random.Generator, known: "Known | None") -> Array:
    """Draw a uniform (dim,) point that keeps the known limits, if one is found."""
    draws = (rng.random((_BLOCK, len(encoding.names))) for _ in range(_BLOCKS))
    blocks = map(encoding.from_uniform, draws)
    return next(blocks)[0] if known is None else within_limits(blocks, known, 0)


def within_limits(blocks: Iterable[Array], known: "Known", index: int) -> Array:
    """Return the row at `index` among those that keep all limits, or else break them least."""
    rows, excess = np.empty(0), np.empty(0)
    for block in blocks:
        rows = np.concatenate([rows, block]) if len(rows) else block
        excess = np.concatenate([excess, total_excess(block, known)])
        if (excess == 0.0).sum() > index:
            break
    return np.asarray(rows[np.argsort(excess, kind="stable")[index]])


def total_excess(x: Array, known: "Known") -> Array:
    """(n,) sums of the excess over the known limits, relative to the limits."""
    return np.asarray(known.excess(known.evaluate(x)).clip(min=0.0).sum(axis=1))
