"""The start-up design of a study: where its first trials are, before anything can be learned."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.samplers.encoding import Encoding, from_uniform
from tinypareto.samplers.startup import (
    NAMES,
    around_level,
    shares_level,
    total_excess,
    uniform_draw,
    within_limits,
)

if TYPE_CHECKING:
    from tinypareto.solvers import Known

Array = NDArray[np.float64]
_LEVEL = "\0level"
"""Name of the shared level's column; no parameter has it."""
_BLOCK, _BLOCKS, _STEPS = 256, 16, 101


@dataclass(frozen=True)
class Design:
    """The start-up design of a study.

    Attributes:
        seed: Seed of the study.
        startup: Number of rows.
        first: Values by name of the parameters of row 0; the others are in the middle of their
            range. None if row 0 is drawn like the others.
        levels: Names of the parameters that share a level.
    """

    seed: int
    startup: int
    first: Mapping[str, Any] | None = None
    levels: Collection[str] = ()

    def __post_init__(self) -> None:
        """Refuse what is no mapping and no collection of names."""
        if not (self.first is None or isinstance(self.first, Mapping)):
            raise ConfigError(
                f"first: got {self.first!r}, wanted values by parameter name; give a dictionary"
            )
        if isinstance(self.levels, str) or not isinstance(self.levels, Collection):
            raise ConfigError(
                f"levels: got {self.levels!r}, wanted names of parameters; give a list"
            )

    def check(self, space: Mapping[str, BaseDistribution]) -> None:
        """Check the names and values against all parameters of the study.

        Raises:
            ConfigError: A name is none of the space, a value is out of range, or a parameter that
                shares a level is a category.
        """
        for argument, names in (("first", self.first or {}), ("levels", self.levels)):
            for name in names:
                if name not in space:
                    raise ConfigError(f"{argument}: {unknown('parameter', name, space)}")
        for name, value in (self.first or {}).items():
            if not _contains(space[name], value):
                raise ConfigError(
                    f"first: got {name} = {value!r}, wanted it in {space[name]}; correct it, or "
                    "leave it out for the middle"
                )
        for name in self.levels:
            if isinstance(space[name], CategoricalDistribution):
                raise ConfigError(
                    f"levels: got {name}, a category; wanted numeric parameters; leave it out"
                )

    def point(self, encoding: Encoding, number: int, known: "Known | None") -> Array:
        """Compute row `number` as a (dim,) point.

        Rows that break a known limit are replaced, in order, by the rows of a Sobol sequence that
        keep all limits: proposing a point that is known to be infeasible gains nothing. A given
        row 0 is kept if some shared level, the nearest to its own, keeps them.

        Args:
            encoding: Search space.
            number: Number of the trial, below `startup`.
            known: Known limits to keep; None to keep the plain design.
        """
        rows = self._rows(encoding)
        if known is None:
            return np.asarray(rows[number])
        if self.first is not None and (total_excess(rows[:1], known) > 0.0).any():
            rows[0] = self._nearest_within(encoding, rows[0], known)
        broken = np.flatnonzero(total_excess(rows, known) > 0.0)
        if number not in broken:
            return np.asarray(rows[number])
        index = int(np.flatnonzero(broken == number)[0])
        return within_limits(self._blocks(encoding), known, index)

    def value(self, name: str, distribution: BaseDistribution, number: int) -> Any:
        """Draw the value of one parameter on its own, also of a trial after the start-up."""
        if number == 0 and self.first is not None and not distribution.single():
            alone = Encoding({name: distribution})
            return alone.params(alone.snap(alone.encode([self.first]))[0])[name]
        draw = uniform_draw(self.seed, name, number, self.startup)
        if name in self.levels and number < self.startup and shares_level(number):
            level = uniform_draw(self.seed, _LEVEL, number, self.startup)
            draw = around_level(np.array([[draw]]), np.array([[level]])).item()
        return from_uniform(distribution, draw)

    def _rows(self, encoding: Encoding) -> Array:
        """(startup, dim) points of the design, whether or not they keep the limits."""
        names = [*encoding.names, *([_LEVEL] if self.levels else [])]
        draws = [
            [uniform_draw(self.seed, name, i, self.startup) for name in names]
            for i in range(self.startup)
        ]
        rows = encoding.from_uniform(self._leveled(encoding, np.array(draws)))
        if self.first is not None:
            rows[0] = encoding.snap(encoding.encode([self.first]))[0]
        return rows

    def _blocks(self, encoding: Encoding) -> Iterable[Array]:
        """Blocks of (b, dim) points that replace what breaks a limit."""
        from scipy.stats import qmc

        width = len(encoding.names) + bool(self.levels)
        sobol = qmc.Sobol(width, rng=np.random.default_rng([self.seed, NAMES]))
        for _ in range(_BLOCKS):
            yield encoding.from_uniform(self._leveled(encoding, sobol.random(_BLOCK)))

    def _leveled(self, encoding: Encoding, draws: Array) -> Array:
        """(n, parameters) draws with shared levels, from draws with a last column for the level."""
        if not self.levels:
            return draws
        draws, level = draws[:, :-1].copy(), draws[:, -1:]
        shared = [name in self.levels for name in encoding.names]
        rows = shares_level(np.arange(len(draws)))
        draws[np.ix_(rows, shared)] = around_level(draws[:, shared], level)[rows]
        return draws

    def _nearest_within(self, encoding: Encoding, first: Array, known: "Known") -> Array:
        """The first point with its level raised or else lowered as far as the limits demand."""
        shared, levels = encoding.coordinates(self.levels), np.linspace(0.0, 1.0, _STEPS)[:, None]
        rows = np.tile(first, (2 * _STEPS, 1))
        rows[:_STEPS, shared] = np.maximum(first[shared], levels)
        rows[_STEPS:, shared] = np.minimum(first[shared], levels[::-1])
        rows = encoding.snap(rows)
        kept = np.flatnonzero(total_excess(rows, known) == 0.0)
        return np.asarray(rows[kept[0]] if len(kept) else first)


def _contains(distribution: BaseDistribution, value: Any) -> bool:
    try:
        return distribution._contains(distribution.to_internal_repr(value))
    except (TypeError, ValueError):
        return False
