"""The marginal likelihood of one Gaussian process, with its gradient by hand.

Symbols: n training points, e inputs, k summary inputs (the last ones).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri

from tinypareto.solvers.history import Array

SHORTEST, LEAST_NOISE = 0.025, 1e-4
_MOST = 10.0
_SPREAD = math.sqrt(3.0)
_GAMMA_SHAPE, _GAMMA_RATE = 2.0, 0.15


@dataclass(frozen=True)
class Priors:
    """Of the hyperparameters, outputs being standardised.

    Length scales: log-normal with BoTorch's dimension-scaled location (Hvarfner 2024), standard
    deviation sqrt(3) in log. Output scales: Gamma(2, 0.15). Noise variance: log-normal.

    Attributes:
        shorter: By how much the length scales of all inputs are moved down, in log; those of
            the summary are not.
        noise: Mean of the log noise variance, whose standard deviation is one.
    """

    shorter: float
    noise: float

    def location(self, inputs: int, summary: bool) -> float:
        """Mean of the log length scales of a process on so many inputs."""
        moved = 0.0 if summary else self.shorter
        return math.sqrt(2.0) + 0.5 * math.log(inputs) - moved


class Evidence:
    """Minus the log posterior density of the hyperparameters, up to a constant.

    The parameters are one vector of logarithms: for the process on all inputs e length scales
    and the output scale, for that on the summary (if k > 0) k and one more, the noise variance.
    The prior mean is a constant and takes its best value.

    Args:
        x: (n, e) inputs.
        y: (n,) standardised outputs.
        summary: k.
        priors: Of the hyperparameters.

    Attributes:
        bounds: (low, high) of each parameter.
        start: The priors' modes.
    """

    def __init__(self, x: Array, y: Array, summary: int, priors: Priors) -> None:
        self._y, self._priors = y, priors
        self._parts = [x, *([x[:, -summary:]] if summary else [])]
        self._locations = [
            priors.location(part.shape[1], i > 0) for i, part in enumerate(self._parts)
        ]
        start: list[float] = []
        self.bounds: list[tuple[float, float]] = []
        for part, location in zip(self._parts, self._locations, strict=True):
            start += [max(math.log(2.0 * SHORTEST), location - 3.0)] * part.shape[1]
            start.append(math.log(math.log(2.0)))
            self.bounds += [(math.log(SHORTEST), _MOST)] * part.shape[1] + [(-_MOST, _MOST)]
        self.start = np.array([*start, max(priors.noise - 1.0, math.log(LEAST_NOISE))])
        self.bounds.append((math.log(LEAST_NOISE), _MOST))

    def split(self, theta: Array) -> list[tuple[Array, float]]:
        """Length scales and output scale of each process."""
        values, at, found = np.exp(theta), 0, []
        for part in self._parts:
            width = part.shape[1]
            found.append((values[at : at + width], float(values[at + width])))
            at += width + 1
        return found

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Value and (parameters,) gradient.

        Raises:
            numpy.linalg.LinAlgError: The covariance has no Cholesky factor.
        """
        processes, factor = self._factorised(theta)
        weights, _ = residual_weights(factor, self._y)
        value = 0.5 * float(self._y @ weights) + float(np.log(factor.diagonal()).sum())
        slope = 0.5 * (_inverse(factor) - np.outer(weights, weights))
        parts = [process.gradient(slope) for process in processes]
        gradient = np.append(np.concatenate(parts), math.exp(theta[-1]) * np.trace(slope))
        return self._with_priors(theta, value, gradient)

    def constant(self, theta: Array) -> float:
        """The prior mean."""
        return residual_weights(self._factorised(theta)[1], self._y)[1]

    def _factorised(self, theta: Array) -> tuple[list["_Process"], Array]:
        processes = [
            _Process(part / lengths, scale)
            for part, (lengths, scale) in zip(self._parts, self.split(theta), strict=True)
        ]
        covariance = math.exp(theta[-1]) * np.eye(len(self._y))
        for process in processes:
            covariance += process.covariance
        return processes, np.asarray(cholesky(covariance, lower=True, check_finite=False))

    def _with_priors(self, theta: Array, value: float, gradient: Array) -> tuple[float, Array]:
        at = 0
        for part, location in zip(self._parts, self._locations, strict=True):
            here = slice(at, at + part.shape[1])
            value += _log_normal(theta[here], location, _SPREAD, gradient[here])
            at += part.shape[1]
            scale = math.exp(theta[at])
            value -= (_GAMMA_SHAPE - 1.0) * theta[at] - _GAMMA_RATE * scale
            gradient[at] -= (_GAMMA_SHAPE - 1.0) - _GAMMA_RATE * scale
            at += 1
        return value + _log_normal(theta[-1:], self._priors.noise, 1.0, gradient[-1:]), gradient


class _Process:
    """One Matern 5/2 process at (n, k) inputs in units of its length scales."""

    def __init__(self, x: Array, scale: float) -> None:
        self._x = x
        square = np.einsum("ij,ij->i", x, x)
        root = np.sqrt(5.0 * np.maximum(square[:, None] + square - 2.0 * x @ x.T, 0.0))
        np.fill_diagonal(root, 0.0)
        decay = scale * np.exp(-root)
        self._slope = 5.0 / 3.0 * (1.0 + root) * decay
        self.covariance = (1.0 + root + root * root / 3.0) * decay

    def gradient(self, slope: Array) -> Array:
        """(k + 1,) derivatives by the logarithms of length scales and output scale.

        Those by a length scale are sums over pairs of a weight times a squared distance, which
        takes no (n, n, k) array.
        """
        weight, x = slope * self._slope, self._x
        near = np.einsum("ij,ij->j", x, weight @ x)
        lengths = 2.0 * (weight.sum(axis=1) @ (x * x) - near)
        return np.append(lengths, float((slope * self.covariance).sum()))


def residual_weights(factor: Array, y: Array) -> tuple[Array, float]:
    """(n,) inverse covariance times residuals, and the constant mean of greatest likelihood."""
    solved = cho_solve((factor, True), np.column_stack([y, np.ones(len(y))]), check_finite=False)
    constant = float(solved[:, 0].sum() / solved[:, 1].sum())
    return solved[:, 0] - constant * solved[:, 1], constant


def _inverse(factor: Array) -> Array:
    """(n, n) inverse of what has this lower Cholesky factor."""
    lower = np.tril(dpotri(factor, lower=1)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def _log_normal(theta: Array, location: float, spread: float, gradient: Array) -> float:
    """Minus the log density of exp(theta), whose derivatives are added to `gradient`."""
    away = (theta - location) / spread
    gradient += 1.0 + away / spread
    return float((theta + 0.5 * away * away).sum())
