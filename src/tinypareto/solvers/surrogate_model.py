"""What is believed about any point: exact where known, Gaussian where learned."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.history import Array, History, Space
from tinypareto.solvers.modeled_outputs import find_outputs
from tinypareto.solvers.posterior import Posterior
from tinypareto.solvers.posterior_moments import Moments
from tinypareto.solvers.surrogate import log_density

Fit = Callable[[Tensor, Tensor, int], Posterior]


class Belief:
    """The surrogates and the known functions of one iteration, answering as one.

    Every output without an exact function has a surrogate, trained on the rows that recorded
    it: a candidate that was given up for its constraints still teaches the constraints.

    Args:
        history: What was evaluated.
        space: Snapping, known objectives, further surrogate inputs.
        fit: (n, e) inputs, (n, o) outputs and the number of summary inputs to a posterior.
        trend: Whether the known objectives are summary inputs; see `surrogate.fit`.
        logs: Whether positive objectives may be learned by their logarithm.

    Raises:
        SurrogateError: The data admit no posterior.
    """

    def __init__(
        self, history: History, space: Space, fit: Fit, trend: bool = False, logs: bool = False
    ) -> None:
        self._space = space
        self._trend = trend and space.known is not None
        self._outputs = find_outputs(history, space)
        values = self._known(history.x)
        self._logarithmic = (values > 0.0).all(axis=0)
        derived = self._derived(history.x, values)
        self._low, span = derived.min(axis=0), np.ptp(derived, axis=0)
        self._span = np.where(span > 0, span, 1.0)
        if logs:
            inputs, k = self._inputs(history.x, values), values.shape[1] if self._trend else 0
            self._outputs = self._outputs.in_logs(
                lambda rows, y: log_density(inputs[rows].numpy(), y, k)
            )
        columns, targets = self._outputs.columns, self._outputs.targets
        groups: dict[bytes, list[int]] = {}
        for i, column in enumerate(columns):
            groups.setdefault(np.isfinite(column).tobytes(), []).append(i)
        self._groups = [
            ([targets[i] for i in group], self._fit(fit, history, [columns[i] for i in group]))
            for group in groups.values()
            if np.isfinite(columns[group[0]]).any()
        ]
        self._scale = torch.ones(self._outputs.count, dtype=torch.float64)
        for group, posterior in self._groups:
            self._scale[group] = posterior.scale

    @property
    def limits(self) -> Array:
        """(m,) greatest feasible values of the objectives, infinity for none."""
        limits = np.full(len(self._outputs.logarithmic), np.inf)
        if self._space.known is not None:
            indices = list(self._space.known.indices)
            limits[indices] = self._space.known.limits[: len(indices)]
        for limit in self._outputs.limits:
            limits[limit.objective] = min(limits[limit.objective], limit.bound)
        return limits

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
        mean = torch.zeros(len(points), self._outputs.count, dtype=torch.float64)
        std = torch.zeros_like(mean)
        for targets, posterior in self._groups:
            mean[:, targets], std[:, targets] = posterior(inputs)
        return self._moments(mean, std, known)

    def _moments(self, mean: Tensor, std: Tensor, known: Array) -> Moments:
        logarithmic = torch.from_numpy(self._outputs.logarithmic)
        m = len(logarithmic)
        repeated, free = [limit.objective for limit in self._outputs.limits], slice(m, None)
        bounds = torch.tensor(
            [
                math.log(max(limit.bound, 1e-300)) if logarithmic[limit.objective] else limit.bound
                for limit in self._outputs.limits
            ],
            dtype=torch.float64,
        )
        excess = [mean[:, free] / self._scale[free]]
        doubt = [std[:, free] / self._scale[free], std[:, repeated] / self._scale[repeated]]
        excess.append((mean[:, repeated] - bounds) / self._scale[repeated])
        if self._space.known is not None:
            indices = list(self._space.known.indices)
            mean[:, indices] = torch.from_numpy(known[:, : len(indices)])
            excess.append(torch.from_numpy(self._space.known.excess(known)))
            doubt.append(torch.zeros_like(excess[-1]))
        kinds = [torch.full((part.shape[1],), i == 1) for i, part in enumerate(excess)]
        return Moments(
            mean[:, :m],
            std[:, :m],
            torch.cat(excess, dim=1),
            torch.cat(doubt, dim=1),
            torch.cat(kinds),
            logarithmic,
        )
