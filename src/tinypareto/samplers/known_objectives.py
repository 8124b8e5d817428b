"""Objectives that the user can compute instead of measuring them."""

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
"""Function from (n,) values by parameter name to an (n, k) array."""


@dataclass(frozen=True)
class KnownObjectives:
    """Cheap, exact objectives, which the search computes for every candidate it considers.

    A trial constraint that repeats one of the limits (a positive multiple of value - limit) is
    recognized as such and gets no surrogate.

    Attributes:
        indices: Indices of the known objectives in the study.
        evaluate: Function from (n,) values by parameter name to (n, len(indices)) objectives in
            the study's units and directions; called with some thousand candidates at a time. It
            gets every parameter that trials have had or `space` names, whether it is searched,
            has one value only, or is fixed by another sampler; a conditional parameter has a
            value, of no meaning, also if the candidate does not set it.
        limits: Bounds in the order of `indices`, upper for minimized objectives and lower for
            maximized ones; None for an objective without a bound, or if there are no bounds.
        further: Upper bounds of quantities that are no objectives, which `evaluate` returns as
            further columns.
    """

    indices: Sequence[int]
    evaluate: Evaluate
    limits: Sequence[float | None] | None = None
    further: Sequence[float] = ()

    def on_points(self, encoding: Encoding, directions: Sequence[StudyDirection]) -> "Known":
        """Convert to the solver's form: points of the unit cube in, minimized values out.

        Raises:
            ConfigError: Indices and limits do not fit each other or the study, or `evaluate`
                returns a wrong shape.
        """
        from tinypareto.solvers import Known

        if len(set(self.indices)) < len(self.indices) or not set(self.indices) <= set(
            range(len(directions))
        ):
            raise ConfigError(
                f"known: got indices {tuple(self.indices)}, wanted some of 0 to "
                f"{len(directions) - 1}, each once; the study has {len(directions)} objectives"
            )
        chosen = [directions[i] for i in self.indices]
        limits = [None] * len(chosen) if self.limits is None else self.limits
        upper = bounds("known.limits", limits, chosen)
        sign = np.concatenate([signs(chosen), np.ones(len(self.further))])

        def evaluate(x: Array) -> Array:
            if not len(x):
                return np.empty((0, len(sign)))
            return sign * columns("known.evaluate", self.evaluate, encoding, x, len(sign))

        return Known(tuple(self.indices), evaluate, (*upper, *self.further))


def signs(directions: Sequence[StudyDirection]) -> Array:
    """(m,) factors, 1 or -1, that turn every objective into a minimized one."""
    return np.array([-1.0 if d == StudyDirection.MAXIMIZE else 1.0 for d in directions])


def bounds(
    name: str, values: Sequence[float | None] | None, directions: Sequence[StudyDirection]
) -> tuple[float, ...]:
    """Convert bounds to upper bounds of minimized objectives, infinity for none.

    Args:
        name: Name of the argument, for errors.
        values: Bounds in the study's units; None for no bounds at all.
        directions: Directions of the objectives.

    Returns:
        (m,) upper bounds, or an empty tuple if there are no bounds at all.

    Raises:
        ConfigError: There are more or fewer values than directions.
    """
    if values is None:
        return ()
    try:
        numbers = [np.nan if value is None else float(value) for value in values]
    except (TypeError, ValueError):
        raise ConfigError(
            f"{name}: got {values!r}, wanted one number or None per objective"
        ) from None
    if len(numbers) != len(directions):
        raise ConfigError(
            f"{name}: got {len(numbers)} values, wanted {len(directions)}, one per objective"
        )
    upper = signs(directions) * numbers
    return tuple(np.where(np.isnan(upper), np.inf, upper).tolist())


def columns(
    name: str, function: Evaluate, encoding: Encoding, x: Array, k: int | None = None
) -> Array:
    """Evaluate a user's function at (n, d) points, and check the result.

    Args:
        name: Name of the function, for errors.
        function: The user's function.
        encoding: Decodes points to parameter values.
        x: (n, d) points.
        k: Number of columns wanted; any number if None.

    Returns:
        (n, k) values.

    Raises:
        ConfigError: The result has a wrong shape or a value that is not finite.
    """
    result = function(encoding.decode(x))
    try:
        values = np.asarray(result, dtype=np.float64)
    except (TypeError, ValueError):
        kind = type(result).__name__
        raise ConfigError(
            f"{name}: got a {kind} that is no table of numbers, wanted ({len(x)}, {k or 'k'}); "
            "return one row per candidate"
        ) from None
    if values.ndim != 2 or len(values) != len(x) or (k is not None and values.shape[1] != k):
        raise ConfigError(
            f"{name}: got shape {values.shape}, wanted ({len(x)}, {k or 'k'}); "
            "return one row per candidate"
        )
    if not np.isfinite(values).all():
        raise ConfigError(f"{name}: got a value that is not finite; return finite numbers")
    return values
