"""The first points of a study, functions of seed, trial number and parameter name alone.

They need no state, so a resumed study or another worker continues the same design.

Many parameters drawn independently have a mean near the middle: of ten shares of removed filters
between 0 and 0.95 it is 0.29 to 0.64, and a network that is hardly pruned is never tried. So
parameters of one kind may share a level: a row draws the level, and each parameter deviates from
it by at most a quarter of the range, less near the ends.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.samplers.encoding import Encoding

if TYPE_CHECKING:
    from tinypareto.solvers import Known

Array = NDArray[np.float64]
NAMES = 2**32 - 1
_BLOCK, _BLOCKS = 256, 16
_DEVIATION = 0.25
_INDEPENDENT = 4
"""Every fourth row draws its parameters independently: effects of single ones show there."""


def uniform_draw(seed: int, name: str, number: int, startup: int) -> float:
    """Draw the uniform number in [0, 1) of one parameter in one trial.

    It is row `number` of a Latin hypercube of `startup` rows, in which each parameter has its own
    column; after the last row it is a plain random number.
    """
    if number < startup:
        from tinypareto.solvers.designs import latin_hypercube

        column = np.random.default_rng([seed, NAMES, *name.encode()])
        return float(latin_hypercube(startup, 1, column)[number, 0])
    return float(np.random.default_rng([seed, number, *name.encode()]).random())


def shares_level(number: Any) -> Any:
    """Whether the parameters of a row, or of each of several rows, are near its level."""
    return number % _INDEPENDENT != _INDEPENDENT - 1


def around_level(draws: Array, level: Array) -> Array:
    """Gather uniform draws around levels: by at most a quarter of the range, less near its ends.

    Args:
        draws: (n, k) uniform draws in [0, 1].
        level: (n, 1) levels in [0, 1].

    Returns:
        (n, k) positions in [0, 1].
    """
    reach = np.minimum(_DEVIATION, np.minimum(level, 1.0 - level))
    return np.asarray(level + reach * (2.0 * draws - 1.0))


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
