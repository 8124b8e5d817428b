"""The marginal likelihood of one Gaussian process, with its gradient by hand.

| symbol | meaning | in the code | shape | unit |
|---|---|---|---|---|
| n | training points | `x`, `y` | (n, e), (n,) | 1 |
| e | inputs | | | |
| k | summary inputs, the last ones | `summary` | | |
| theta | logarithms of the hyperparameters | `theta` | (e + 1 [+ k + 1] + 1,) | 1 |
| K | covariance of y, noise included | `covariance` | (n, n) | 1 |
| K = F F' | lower Cholesky factor | `factor` | (n, n) | 1 |
| alpha | K^-1 (y - mean) | `weights` | (n,) | 1 |

Equations: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), 2.30 and 5.9.
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
    """Priors of the hyperparameters for standardized outputs.

    Length scales: log-normal with BoTorch's dimension-scaled location (Hvarfner 2024), standard
    deviation sqrt(3) in log. Output scales: Gamma(2, 0.15). Noise variance: log-normal.

    Attributes:
        lengthscale_reduction: Amount by which the location of the log length scales of all inputs
            is lowered; those of the summary inputs keep theirs.
        noise: Mean of the log noise variance, whose standard deviation is one.
    """

    lengthscale_reduction: float
    noise: float

    def location(self, inputs: int, summary: bool) -> float:
        """Mean of the log length scales of a process on that many inputs."""
        reduction = 0.0 if summary else self.lengthscale_reduction
        # Distances grow with the square root of the dimension, and so do sensible length scales.
        return math.sqrt(2.0) + 0.5 * math.log(inputs) - reduction


class NegativeLogPosterior:
    """Minus the log posterior density of the hyperparameters, up to a constant.

    The parameters theta are one vector of logarithms: e length scales and the output scale of the
    process on all inputs, k length scales and the output scale of the one on the summary inputs
    (if k > 0), and the noise variance. The prior mean is a constant and takes its best value.

    Args:
        x: (n, e) inputs.
        y: (n,) standardized outputs.
        summary: k, number of summary inputs.
        priors: Priors of the hyperparameters.

    Attributes:
        bounds: (low, high) of each parameter.
        start: (parameters,) initial values: the modes of the priors, and output scales of ln 2.
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
            # The mode of a log-normal is its location minus the variance in log, here 3; the
            # mode of the noise below is one lower than its mean for the same reason.
            start += [max(math.log(2.0 * SHORTEST), location - 3.0)] * part.shape[1]
            start.append(math.log(math.log(2.0)))  # BoTorch's initial output scale, softplus(0)
            self.bounds += [(math.log(SHORTEST), _MOST)] * part.shape[1] + [(-_MOST, _MOST)]
        self.start = np.array([*start, max(priors.noise - 1.0, math.log(LEAST_NOISE))])
        self.bounds.append((math.log(LEAST_NOISE), _MOST))

    def split(self, theta: Array) -> list[tuple[Array, float]]:
        """Length scales and output scale of each process."""
        values, offset, scales = np.exp(theta), 0, []
        for part in self._parts:
            width = part.shape[1]
            scales.append((values[offset : offset + width], float(values[offset + width])))
            offset += width + 1
        return scales

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Compute the value and its (parameters,) gradient.

        Raises:
            numpy.linalg.LinAlgError: The covariance has no Cholesky factor.
        """
        processes, factor = self._factorize(theta)
        weights, _ = residual_weights(factor, self._y)
        # Half of (y - mean)' K^-1 (y - mean), as the weights sum to zero, and half of log |K|.
        value = 0.5 * float(self._y @ weights) + float(np.log(factor.diagonal()).sum())
        # The derivative by K itself is (K^-1 - alpha alpha') / 2; the chain rule does the rest.
        # The best mean needs no term of its own: the value is stationary there.
        slope = 0.5 * (_inverse(factor) - np.outer(weights, weights))
        parts = [process.gradient(slope) for process in processes]
        gradient = np.append(np.concatenate(parts), math.exp(theta[-1]) * np.trace(slope))
        return self._with_priors(theta, value, gradient)

    def constant(self, theta: Array) -> float:
        """Prior mean of greatest likelihood."""
        return residual_weights(self._factorize(theta)[1], self._y)[1]

    def _factorize(self, theta: Array) -> tuple[list["_Process"], Array]:
        """The processes at theta, and the lower Cholesky factor of the covariance."""
        processes = [
            _Process(part / lengths, scale)
            for part, (lengths, scale) in zip(self._parts, self.split(theta), strict=True)
        ]
        covariance = math.exp(theta[-1]) * np.eye(len(self._y))
        for process in processes:
            covariance += process.covariance
        return processes, np.asarray(cholesky(covariance, lower=True, check_finite=False))

    def _with_priors(self, theta: Array, value: float, gradient: Array) -> tuple[float, Array]:
        """Add minus the log priors to the value, and their derivatives to the gradient."""
        offset = 0
        for part, location in zip(self._parts, self._locations, strict=True):
            lengths = slice(offset, offset + part.shape[1])
            value += _log_normal(theta[lengths], location, _SPREAD, gradient[lengths])
            offset += part.shape[1]
            # Gamma density of the scale itself: (shape - 1) log s - rate s.
            scale = math.exp(theta[offset])
            value -= (_GAMMA_SHAPE - 1.0) * theta[offset] - _GAMMA_RATE * scale
            gradient[offset] -= (_GAMMA_SHAPE - 1.0) - _GAMMA_RATE * scale
            offset += 1
        return value + _log_normal(theta[-1:], self._priors.noise, 1.0, gradient[-1:]), gradient


class _Process:
    """One Matern 5/2 process at (n, k) inputs in units of its length scales.

    With r = sqrt(5) times the distance: s (1 + r + r^2 / 3) exp(-r).
    """

    def __init__(self, x: Array, scale: float) -> None:
        self._x = x
        # |a - b|^2 = |a|^2 + |b|^2 - 2 a b; rounding may leave it slightly negative.
        square = np.einsum("ij,ij->i", x, x)
        root = np.sqrt(5.0 * np.maximum(square[:, None] + square - 2.0 * x @ x.T, 0.0))
        np.fill_diagonal(root, 0.0)
        decay = scale * np.exp(-root)
        # Minus the derivative of the kernel by half of the squared distance; it has no r in the
        # denominator, so that equal points are no problem.
        self._slope = 5.0 / 3.0 * (1.0 + root) * decay
        self.covariance = (1.0 + root + root * root / 3.0) * decay

    def gradient(self, slope: Array) -> Array:
        """Derivatives by the logarithms of the length scales and of the output scale.

        Those by a length scale are sums over pairs of a weight times a squared distance. Expanded
        as above they take two products with the weights instead of an (n, n, k) array.

        Args:
            slope: (n, n) derivative by the covariance.

        Returns:
            (k + 1,) derivatives.
        """
        weight, x = slope * self._slope, self._x
        near = np.einsum("ij,ij->j", x, weight @ x)
        lengths = 2.0 * (weight.sum(axis=1) @ (x * x) - near)
        return np.append(lengths, float((slope * self.covariance).sum()))


def residual_weights(factor: Array, y: Array) -> tuple[Array, float]:
    """(n,) inverse covariance times residuals, and the constant mean of greatest likelihood.

    The best mean is 1' K^-1 y / 1' K^-1 1 (generalized least squares).
    """
    solved = cho_solve((factor, True), np.column_stack([y, np.ones(len(y))]), check_finite=False)
    constant = float(solved[:, 0].sum() / solved[:, 1].sum())
    return solved[:, 0] - constant * solved[:, 1], constant


def _inverse(factor: Array) -> Array:
    """(n, n) inverse of the matrix with this lower Cholesky factor."""
    # LAPACK fills the lower triangle alone.
    lower = np.tril(dpotri(factor, lower=1)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def _log_normal(theta: Array, location: float, spread: float, gradient: Array) -> float:
    """Minus the log density of exp(theta), whose derivatives are added to `gradient`."""
    away = (theta - location) / spread
    gradient += 1.0 + away / spread
    return float((theta + 0.5 * away * away).sum())
