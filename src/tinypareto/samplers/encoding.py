"""Encodes parameters as coordinates of the unit cube, many points at once.

A number is one coordinate, linear or logarithmic; a discrete one has half a step added at either
end, so that all values have equal shares of the coordinate. A categorical parameter is one-hot:
one coordinate per choice, of which the largest counts.

A conditional parameter that is not set has neutral coordinates, those of no value in particular:
two points that differ in it alone are then one point, and the surrogates see no difference where
there is none.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tinypareto.samplers.activity import Rule

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]


class Encoding:
    """Map from parameter values to points and back.

    Args:
        space: Distribution by parameter name, none of them single-valued.
        rules: Rules of the conditional parameters, each after that of its parent.
        constants: Values by name of parameters that are not searched; `decode` adds them.

    Attributes:
        dim: Number of coordinates of a point.
    """

    def __init__(
        self,
        space: Mapping[str, BaseDistribution],
        rules: Mapping[str, Rule] | None = None,
        constants: Mapping[str, Any] | None = None,
    ) -> None:
        self._space = dict(space)
        widths = [_width(d) for d in self._space.values()]
        ends = np.cumsum([0, *widths])
        slices = [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]
        self._slices = dict(zip(self._space, slices, strict=True))
        self._rules = {
            name: rule
            for name, rule in (rules or {}).items()
            if name in self._space and rule.parent in self._space
        }
        self._constants = dict(constants or {})
        self.dim = int(ends[-1])

    @property
    def names(self) -> list[str]:
        """Names of the parameters, in the order of their coordinates."""
        return list(self._space)

    @property
    def categories(self) -> tuple[slice, ...]:
        """Coordinates of each categorical parameter."""
        space = self._space.items()
        return tuple(self._slices[n] for n, d in space if isinstance(d, CategoricalDistribution))

    def coordinates(self, names: Collection[str]) -> list[int]:
        """Coordinates of those of the named parameters that the space has."""
        parts = [part for name, part in self._slices.items() if name in names]
        return [i for part in parts for i in range(part.start, part.stop)]

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> Array:
        """Encode n parameter settings as (n, dim) points; parameters may be missing."""
        x = np.zeros((len(rows), self.dim))
        for name, distribution in self._space.items():
            there = np.array([name in row for row in rows], dtype=bool)
            part = np.full((len(rows), _width(distribution)), _neutral(distribution))
            internal = [distribution.to_internal_repr(row[name]) for row in rows if name in row]
            if internal:
                part[there] = _to_unit(distribution, np.array(internal))
            x[:, self._slices[name]] = part
        return x

    def decode(self, x: Array) -> Columns:
        """Decode (n, dim) points to (n,) values by name, of all parameters and constants.

        A parameter that is not set has a value too, which means nothing.
        """
        values = {
            name: _from_unit(distribution, x[:, self._slices[name]])
            for name, distribution in self._space.items()
        }
        return {name: _repeat(v, len(x)) for name, v in self._constants.items()} | values

    def snap(self, x: Array) -> Array:
        """Move (n, dim) points to where their decoded values are encoded."""
        snapped = x.copy()
        for name, distribution in self._space.items():
            if not _continuous(distribution):
                part = self._slices[name]
                snapped[:, part] = _to_unit(distribution, _internal(distribution, x[:, part]))
        for name, active in self._active(snapped).items():
            snapped[:, self._slices[name]][~active] = _neutral(self._space[name])
        return snapped

    def from_uniform(self, u: Array) -> Array:
        """Convert (n, parameters) uniform draws to (n, dim) snapped points.

        All categories are equally likely.
        """
        x = np.zeros((len(u), self.dim))
        for j, (name, distribution) in enumerate(self._space.items()):
            x[:, self._slices[name]] = spread(distribution, u[:, j])
        return self.snap(x)

    def params(self, point: Array) -> dict[str, Any]:
        """Decode a (dim,) point to the values of the parameters that are set, as Optuna's."""
        active = self._active(point[None])
        return {
            name: distribution.to_external_repr(
                _internal(distribution, point[None, self._slices[name]]).item()
            )
            for name, distribution in self._space.items()
            if name not in active or active[name].item()
        }

    def _active(self, x: Array) -> dict[str, Mask]:
        """(n,) whether a parameter is set, by name of the conditional parameters with a rule."""
        active: dict[str, Mask] = {}
        for name, rule in self._rules.items():
            distribution = self._space[rule.parent]
            values = _internal(distribution, x[:, self._slices[rule.parent]])
            off = np.isin(values, [distribution.to_internal_repr(v) for v in rule.inactive])
            there = active.get(rule.parent, np.ones(len(x), dtype=bool))
            active[name] = np.where(there, ~off, not rule.inactive_without)
        return active


def spread(distribution: BaseDistribution, u: Array) -> Array:
    """Convert (n,) uniform draws in [0, 1) to the (n, w) coordinates of one parameter."""
    if isinstance(distribution, CategoricalDistribution):
        return _one_hot(distribution, u * _width(distribution))
    return u[:, None]


def from_uniform(distribution: BaseDistribution, u: float) -> Any:
    """Convert a uniform draw in [0, 1) to a value of one parameter."""
    internal = _internal(distribution, spread(distribution, np.array([u])))
    return distribution.to_external_repr(internal.item())


def _neutral(distribution: BaseDistribution) -> float:
    """Coordinate of a parameter that is not set: the middle, or equal shares of all choices."""
    return 1 / _width(distribution) if isinstance(distribution, CategoricalDistribution) else 0.5


def _repeat(value: Any, count: int) -> NDArray[Any]:
    """(count,) times one value, of the type that `_from_unit` would give."""
    if type(value) in (int, float):
        return np.full(count, value)
    column: NDArray[Any] = np.empty(count, dtype=object)
    # Not an assignment: a choice may be a tuple, which would be spread over the column.
    column.fill(value)
    return column


def _width(distribution: BaseDistribution) -> int:
    return len(distribution.choices) if isinstance(distribution, CategoricalDistribution) else 1


def _one_hot(distribution: CategoricalDistribution, index: Array) -> Array:
    return np.asarray(np.eye(_width(distribution))[index.astype(int)])


def _continuous(distribution: BaseDistribution) -> bool:
    return isinstance(distribution, FloatDistribution) and distribution.step is None


def _range(distribution: FloatDistribution | IntDistribution) -> tuple[float, float]:
    half = 0.5 * (distribution.step or 0.0)
    low, high = distribution.low - half, distribution.high + half
    return (float(np.log(low)), float(np.log(high))) if distribution.log else (low, high)


def _to_unit(distribution: BaseDistribution, internal: Array) -> Array:
    if isinstance(distribution, CategoricalDistribution):
        return _one_hot(distribution, internal)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = _range(distribution)
    value = np.log(internal) if distribution.log else internal
    unit: Array = np.clip((value - low) / (high - low), 0.0, 1.0)
    return unit.reshape(-1, 1)


def _internal(distribution: BaseDistribution, x: Array) -> Array:
    """(n,) values as Optuna stores them, from (n, w) coordinates."""
    if isinstance(distribution, CategoricalDistribution):
        return np.asarray(x.argmax(axis=1), dtype=np.float64)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = _range(distribution)
    value = low + x[:, 0] * (high - low)
    value = np.exp(value) if distribution.log else value
    if distribution.step is not None:
        steps = np.round((value - distribution.low) / distribution.step)
        value = distribution.low + steps * distribution.step
    values: Array = np.clip(value, distribution.low, distribution.high)
    return values


def _from_unit(distribution: BaseDistribution, x: Array) -> NDArray[Any]:
    internal = _internal(distribution, x)
    if isinstance(distribution, CategoricalDistribution):
        choices: NDArray[Any] = np.empty(_width(distribution), dtype=object)
        choices[:] = distribution.choices
        return np.take(choices, internal.astype(int))
    return internal.astype(np.int64) if isinstance(distribution, IntDistribution) else internal
