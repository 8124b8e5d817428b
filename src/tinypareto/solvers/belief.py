"""What is believed about any point: exact where known, Gaussian where learned."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.history import Array, History, Space
from tinypareto.solvers.posterior import Posterior

Fit = Callable[[Tensor, Tensor, int], Posterior]


@dataclass(frozen=True)
class Moments:
    """Independent normal beliefs at p points; a standard deviation of zero means exact.

    Attributes:
        mean: (p, m) objectives, minimised.
        std: (p, m).
        excess: (p, k) means of the constraints, feasible at <= 0. Known limits: relative to the
            limit. Learned ones: in standard deviations of what was recorded.
        excess_std: (p, k).
    """

    mean: Tensor
    std: Tensor
    excess: Tensor
    excess_std: Tensor

    def feasibility(self) -> Tensor:
        """Probability that every constraint holds, (p,)."""
        ratio = self.excess / self.excess_std.clamp_min(1e-12)
        exact = (self.excess <= 0.0).to(ratio.dtype)
        chance = torch.where(self.excess_std > 0.0, torch.special.ndtr(-ratio), exact)
        return torch.prod(chance, dim=1)

    def violation(self) -> Tensor:
        """Sum over the constraints of E[max(c, 0)], (p,)."""
        std = self.excess_std.clamp_min(1e-12)
        ratio = self.excess / std
        density = torch.exp(-0.5 * ratio.square()) / math.sqrt(2.0 * math.pi)
        return torch.sum(self.excess * torch.special.ndtr(ratio) + std * density, dim=1)


class Belief:
    """The surrogates and the known functions of one iteration, answering as one.

    Every output without an exact function has a surrogate, trained on the rows that recorded
    it: a candidate that was given up for its constraints still teaches the constraints.

    Args:
        history: What was evaluated.
        space: Snapping, known objectives, further surrogate inputs.
        fit: (n, e) inputs, (n, o) outputs and the number of summary inputs to a posterior.
        trend: Whether the known objectives are summary inputs; see `surrogate.fit`.

    Raises:
        SurrogateError: The data admit no posterior.
    """

    def __init__(self, history: History, space: Space, fit: Fit, trend: bool = False) -> None:
        self._space = space
        self._trend = trend and space.known is not None
        self._objectives = history.y.shape[1]
        known = space.known.indices if space.known else ()
        y = np.where(history.complete[:, None], history.y, np.nan)
        learned = [c for c in history.c.T if not _repeats_limit(c, history.x, space)]
        free = [j for j in range(self._objectives) if j not in known]
        columns = [*(y[:, j] for j in free), *learned]
        targets = [*free, *range(self._objectives, self._objectives + len(learned))]
        self._outputs = self._objectives + len(learned)
        values = self._known(history.x)
        self._logarithmic = (values > 0.0).all(axis=0)
        derived = self._derived(history.x, values)
        self._low, span = derived.min(axis=0), np.ptp(derived, axis=0)
        self._span = np.where(span > 0, span, 1.0)
        groups: dict[bytes, list[int]] = {}
        for i, column in enumerate(columns):
            groups.setdefault(np.isfinite(column).tobytes(), []).append(i)
        self._groups = [
            ([targets[i] for i in group], self._fit(fit, history, [columns[i] for i in group]))
            for group in groups.values()
            if np.isfinite(columns[group[0]]).any()
        ]

    def _derived(self, x: Array, known: Array) -> Array:
        """(n, k) features, then the logarithms of known objectives (plain if not positive)."""
        features = self._space.features(x) if self._space.features else np.empty((len(x), 0))
        if not self._trend:
            return features
        scaled = np.where(self._logarithmic, np.log(known.clip(min=1e-300)), known)
        return np.concatenate([features, scaled], axis=1)

    def _inputs(self, x: Array, known: Array) -> Tensor:
        derived = (self._derived(x, known) - self._low) / self._span
        return torch.from_numpy(np.concatenate([x, derived], axis=1))

    def _known(self, x: Array) -> Array:
        """(n, k) known objectives, k >= 0."""
        return self._space.known.evaluate(x) if self._space.known else np.empty((len(x), 0))

    def _fit(self, fit: Fit, history: History, columns: list[Array]) -> Posterior:
        rows = np.isfinite(columns[0])
        y = torch.from_numpy(np.stack(columns, axis=1)[rows])
        x, pending = history.x[rows], history.pending
        known = self._known(x)
        posterior = fit(self._inputs(x, known), y, known.shape[1] if self._trend else 0)
        if not len(pending):
            return posterior
        return posterior.believe(self._inputs(pending, self._known(pending)))

    def __call__(self, x: Tensor) -> Moments:
        """Beliefs at (p, d) points of the unit cube, taken where they snap to."""
        points = self._space.snap(x.numpy())
        known = self._known(points)
        inputs = self._inputs(points, known)
        mean = torch.zeros(len(points), self._outputs, dtype=torch.float64)
        std = torch.zeros_like(mean)
        for targets, posterior in self._groups:
            center, spread = posterior(inputs)
            constraint = torch.tensor([t >= self._objectives for t in targets])
            unit = torch.where(constraint, posterior.scale, 1.0)
            mean[:, targets], std[:, targets] = center / unit, spread / unit
        m = self._objectives
        excess, excess_std = mean[:, m:], std[:, m:]
        if self._space.known is not None:
            indices = list(self._space.known.indices)
            mean[:, indices] = torch.from_numpy(known[:, : len(indices)])
            exact = torch.from_numpy(self._space.known.excess(known))
            excess = torch.cat([excess, exact], dim=1)
            excess_std = torch.cat([excess_std, torch.zeros_like(exact)], dim=1)
        return Moments(mean[:, :m], std[:, :m], excess, excess_std)


def _repeats_limit(c: Array, x: Array, space: Space) -> bool:
    """Whether a recorded constraint is a positive multiple of a known limit's excess."""
    rows = np.isfinite(c)
    if space.known is None or not rows.any():
        return False
    for excess in space.known.excess(space.known.evaluate(x[rows])).T:
        slope = float(c[rows] @ excess / max(excess @ excess, 1e-300))
        if slope > 0 and np.allclose(c[rows], slope * excess, rtol=1e-6, atol=1e-9):
            return True
    return False
