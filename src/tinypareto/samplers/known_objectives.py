"""Objectives that the user can compute instead of measuring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.study import StudyDirection

from tinypareto.errors import ConfigError
from tinypareto.samplers.encoding import Encoding

if TYPE_CHECKING:
    from tinypareto.solvers import Known

Array = NDArray[np.float64]
Evaluate = Callable[[dict[str, NDArray[Any]]], Array]


@dataclass(frozen=True)
class KnownObjectives:
    """Cheap, exact objectives: the search computes them for every candidate it considers.

    A trial constraint that repeats one of the limits (a positive multiple of value - limit) is
    recognised as such and gets no surrogate.

    Attributes:
        indices: Which objectives of the study.
        evaluate: Parameter name to (n,) values in; (n, len(indices)) objectives out, in the
            study's units and directions. Called with some thousand candidates at a time.
        limits: Bounds by index, upper for minimised objectives and lower for maximised ones;
            None for no bound, or for no bounds at all.
        further: Upper bounds of quantities that are no objectives: the columns that `evaluate`
            returns after those of the indices.
    """

    indices: Sequence[int]
    evaluate: Evaluate
    limits: Sequence[float | None] | None = None
    further: Sequence[float] = ()

    def on_points(self, encoding: Encoding, directions: Sequence[StudyDirection]) -> "Known":
        """The same for a solver: points of the unit cube in, minimised values out.

        Raises:
            ConfigError: Indices and limits do not fit each other or the study, or `evaluate`
                returns another shape.
        """
        from tinypareto.solvers import Known

        if not set(self.indices) <= set(range(len(directions))):
            raise ConfigError(
                f"known: got indices {tuple(self.indices)}, wanted some of 0 to "
                f"{len(directions) - 1}; the study has {len(directions)} objectives"
            )
        chosen = [directions[i] for i in self.indices]
        limits = [None] * len(chosen) if self.limits is None else self.limits
        upper = bounds("known.limits", limits, chosen)
        sign = np.concatenate([signs(chosen), np.ones(len(self.further))])

        def evaluate(x: Array) -> Array:
            return sign * columns("known.evaluate", self.evaluate, encoding, x, len(sign))

        return Known(tuple(self.indices), evaluate, (*upper, *self.further))


def signs(directions: Sequence[StudyDirection]) -> Array:
    """(m,) factors that make every objective a minimised one."""
    return np.array([-1.0 if d == StudyDirection.MAXIMIZE else 1.0 for d in directions])


def bounds(
    name: str, values: Sequence[float | None] | None, directions: Sequence[StudyDirection]
) -> tuple[float, ...]:
    """Upper bounds of minimised objectives, infinity for none; empty where no values are given.

    Raises:
        ConfigError: There are more or fewer values than directions.
    """
    if values is None:
        return ()
    if len(values) != len(directions):
        raise ConfigError(
            f"{name}: got {len(values)} values, wanted {len(directions)}, one per objective"
        )
    pairs = zip(signs(directions), values, strict=True)
    return tuple(np.inf if value is None else float(sign * value) for sign, value in pairs)


def columns(
    name: str, function: Evaluate, encoding: Encoding, x: Array, k: int | None = None
) -> Array:
    """(n, k) values of a user's function at (n, d) points.

    Raises:
        ConfigError: It returns another shape or a value that is not finite.
    """
    values = np.asarray(function(encoding.decode(x)), dtype=np.float64)
    if values.ndim != 2 or len(values) != len(x) or (k is not None and values.shape[1] != k):
        raise ConfigError(
            f"{name}: got shape {values.shape}, wanted ({len(x)}, {k or 'k'}); "
            "return one row per candidate"
        )
    if not np.isfinite(values).all():
        raise ConfigError(f"{name}: got a value that is not finite; return finite numbers")
    return values
