"""Encodes parameters as coordinates of the unit cube, many points at once.

A number is one coordinate, linear or logarithmic; a discrete one has half a step added at either
end, so that all values have equal shares of the coordinate. A categorical parameter is one-hot:
one coordinate per choice, of which the largest counts.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]


class Encoding:
    """Map from parameter values to points and back.

    Args:
        space: Distribution by parameter name, none of them single-valued.

    Attributes:
        dim: Number of coordinates of a point.
    """

    def __init__(self, space: Mapping[str, BaseDistribution]) -> None:
        self._space = dict(space)
        widths = [_width(d) for d in self._space.values()]
        ends = np.cumsum([0, *widths])
        self._slices = [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]
        self.dim = int(ends[-1])

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> Array:
        """Encode n parameter settings as (n, dim) points."""
        x = np.zeros((len(rows), self.dim))
        for (name, distribution), part in zip(self._space.items(), self._slices, strict=True):
            internal = np.array([distribution.to_internal_repr(row[name]) for row in rows])
            x[:, part] = _to_unit(distribution, internal)
        return x

    def decode(self, x: Array) -> Columns:
        """Decode (n, dim) points to (n,) parameter values by name."""
        return {
            name: _from_unit(distribution, x[:, part])
            for (name, distribution), part in zip(self._space.items(), self._slices, strict=True)
        }

    def snap(self, x: Array) -> Array:
        """Move (n, dim) points to where their decoded values are encoded."""
        snapped = x.copy()
        for distribution, part in zip(self._space.values(), self._slices, strict=True):
            if not _continuous(distribution):
                internal = _internal(distribution, x[:, part])
                snapped[:, part] = _to_unit(distribution, internal)
        return snapped

    def from_uniform(self, u: Array) -> Array:
        """Convert (n, parameters) uniform draws to (n, dim) snapped points.

        All categories are equally likely.
        """
        x = np.zeros((len(u), self.dim))
        for j, (distribution, part) in enumerate(
            zip(self._space.values(), self._slices, strict=True)
        ):
            x[:, part] = spread(distribution, u[:, j])
        return self.snap(x)

    def params(self, point: Array) -> dict[str, Any]:
        """Decode a (dim,) point to parameter values as Optuna takes them."""
        return {
            name: distribution.to_external_repr(_internal(distribution, point[None, part]).item())
            for (name, distribution), part in zip(self._space.items(), self._slices, strict=True)
        }


def spread(distribution: BaseDistribution, u: Array) -> Array:
    """Convert (n,) uniform draws in [0, 1) to the (n, w) coordinates of one parameter."""
    if isinstance(distribution, CategoricalDistribution):
        return _one_hot(distribution, u * _width(distribution))
    return u[:, None]


def from_uniform(distribution: BaseDistribution, u: float) -> Any:
    """Convert a uniform draw in [0, 1) to a value of one parameter."""
    internal = _internal(distribution, spread(distribution, np.array([u])))
    return distribution.to_external_repr(internal.item())


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
