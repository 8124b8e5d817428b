"""Predictions for any point: exact for known outputs, Gaussian for learned ones.

Symbols (docs/symbols.md): n evaluated points, p query points, d coordinates, e surrogate inputs,
m objectives, k known objectives.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.history import Array, History, Space
from tinypareto.solvers.modeled_outputs import find_outputs
from tinypareto.solvers.posterior import Posterior
from tinypareto.solvers.posterior_moments import PosteriorMoments
from tinypareto.solvers.surrogate import log_density

Fit = Callable[[Tensor, Tensor, int], Posterior]
"""Function from (n, e) inputs, (n, o) outputs and the number of summary inputs to a posterior."""


class SurrogateModel:
    """The surrogates and the known objectives of one iteration behind one interface.

    Every output without an exact function has a surrogate, trained on the rows that recorded
    it: a candidate that was given up for its constraints still teaches the constraints.

    Args:
        history: All evaluations.
        space: Snapping, known objectives and further surrogate inputs.
        fit: Fits the surrogates of outputs that were recorded in the same rows.
        known_objectives_kernel: Whether the known objectives are summary inputs, with a kernel of
            their own; see `surrogate.fit`.
        log_objectives: Whether positive objectives may be modeled by their logarithm.
        log_evidence: Log density that the logarithm must gain to be taken.

    Raises:
        SurrogateError: The data admit no posterior.
    """

    def __init__(
        self,
        history: History,
        space: Space,
        fit: Fit,
        known_objectives_kernel: bool = False,
        log_objectives: bool = False,
        log_evidence: float = 0.0,
    ) -> None:
        self._space = space
        self._summarize = known_objectives_kernel and space.known is not None
        self._outputs = find_outputs(history, space)
        known = self._known(history.x)
        # Resources span orders of magnitude, so their logarithms are used, if there are any.
        self._positive = (known > 0.0).all(axis=0)
        derived = self._derived(history.x, known)
        # Length-scale priors are made for inputs of order one: derived inputs are scaled to the
        # range of the history.
        self._low, span = derived.min(axis=0), np.ptp(derived, axis=0)
        self._span = np.where(span > 0, span, 1.0)
        if log_objectives:
            inputs, k = self._inputs(history.x, known), known.shape[1] if self._summarize else 0
            self._outputs = self._outputs.with_logarithms(
                lambda rows, y: log_density(inputs[rows].numpy(), y, k), log_evidence
            )
        columns, targets = self._outputs.columns, self._outputs.targets
        # Outputs recorded in the same rows share inputs, and so one batched posterior.
        groups: dict[bytes, list[int]] = {}
        for i, column in enumerate(columns):
            groups.setdefault(np.isfinite(column).tobytes(), []).append(i)
        self._groups = [
            ([targets[i] for i in group], self._fit(fit, history, [columns[i] for i in group]))
            for group in groups.values()
            if np.isfinite(columns[group[0]]).any()
        ]
        # Constraints are measured in standard deviations, so that those of any unit weigh alike.
        self._scale = torch.ones(self._outputs.count, dtype=torch.float64)
        for group, posterior in self._groups:
            self._scale[group] = posterior.scale

    @property
    def learned(self) -> tuple[int, ...]:
        """Indices of the objectives that have a surrogate."""
        known = self._space.known.indices if self._space.known else ()
        return tuple(j for j in range(len(self._outputs.logarithmic)) if j not in known)

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
        """(n, ...) features, then the logarithms of known objectives (plain if not positive)."""
        features = self._space.features(x) if self._space.features else np.empty((len(x), 0))
        if not self._summarize:
            return features
        scaled = np.where(self._positive, np.log(known.clip(min=1e-300)), known)
        return np.concatenate([features, scaled], axis=1)

    def _inputs(self, x: Array, known: Array) -> Tensor:
        """(n, e) surrogate inputs, derived ones in the range of the history mapped to [0, 1]."""
        derived = (self._derived(x, known) - self._low) / self._span
        return torch.from_numpy(np.concatenate([x, derived], axis=1))

    def _known(self, x: Array) -> Array:
        """(n, k) known objectives and limited functions, k >= 0."""
        return self._space.known.evaluate(x) if self._space.known else np.empty((len(x), 0))

    def _fit(self, fit: Fit, history: History, columns: list[Array]) -> Posterior:
        """Posterior of outputs that were recorded in the same rows, pending points included."""
        rows = np.isfinite(columns[0])
        y = torch.from_numpy(np.stack(columns, axis=1)[rows])
        x, pending = history.x[rows], history.pending
        known = self._known(x)
        posterior = fit(self._inputs(x, known), y, known.shape[1] if self._summarize else 0)
        if not len(pending):
            return posterior
        return posterior.condition_on_mean(self._inputs(pending, self._known(pending)))

    def __call__(self, x: Tensor) -> PosteriorMoments:
        """Predict at (p, d) points of the unit cube, after snapping them."""
        # States that snap to one point are one candidate, and must get one prediction.
        points = self._space.snap(x.numpy())
        known = self._known(points)
        inputs = self._inputs(points, known)
        mean = torch.zeros(len(points), self._outputs.count, dtype=torch.float64)
        std = torch.zeros_like(mean)
        for targets, posterior in self._groups:
            mean[:, targets], std[:, targets] = posterior(inputs)
        return self._moments(mean, std, known)

    def _moments(self, mean: Tensor, std: Tensor, known: Array) -> PosteriorMoments:
        """Sort (p, outputs) predictions into objectives and constraints."""
        logarithmic = torch.from_numpy(self._outputs.logarithmic)
        m = len(logarithmic)
        limited, free = [limit.objective for limit in self._outputs.limits], slice(m, None)
        # A limit of an objective that is modeled in logs is a limit of the logarithm.
        bounds = torch.tensor(
            [
                math.log(max(limit.bound, 1e-300)) if logarithmic[limit.objective] else limit.bound
                for limit in self._outputs.limits
            ],
            dtype=torch.float64,
        )
        # Three kinds of constraints, in this order: recorded ones with a surrogate of their own,
        # limits of learned objectives, known limits.
        excess = [mean[:, free] / self._scale[free]]
        excess_std = [std[:, free] / self._scale[free], std[:, limited] / self._scale[limited]]
        excess.append((mean[:, limited] - bounds) / self._scale[limited])
        if self._space.known is not None:
            indices = list(self._space.known.indices)
            mean[:, indices] = torch.from_numpy(known[:, : len(indices)])
            excess.append(torch.from_numpy(self._space.known.excess(known)))
            # A standard deviation of zero marks them as exact.
            excess_std.append(torch.zeros_like(excess[-1]))
        objective_limit = [torch.full((part.shape[1],), i == 1) for i, part in enumerate(excess)]
        return PosteriorMoments(
            mean[:, :m],
            std[:, :m],
            torch.cat(excess, dim=1),
            torch.cat(excess_std, dim=1),
            torch.cat(objective_limit),
            logarithmic,
        )
