"""Gaussian-process posteriors at very many points, in plain torch.

A policy search needs mean and standard deviation at some ten thousand points per iteration; a
precomputed inverse of the covariance answers that in milliseconds.

| symbol | meaning | shape | unit |
|---|---|---|---|
| n | training points | | |
| e | inputs of a surrogate | | |
| o | outputs, each an independent process | | |
| p | query points | | |
| K | covariance of the training points, noise included | (o, n, n) | 1 |
| mu, sigma | posterior mean and standard deviation | (p, o) | as the outputs |
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

_CHUNK = 128


class SurrogateError(RuntimeError):
    """The data admit no usable posterior: propose a point without one."""


@dataclass(frozen=True)
class Component:
    """One Matern 5/2 process on the last k inputs.

    Attributes:
        lengthscale: (o, 1, k) length scales.
        outputscale: (o, 1, 1) variances.
    """

    lengthscale: Tensor
    outputscale: Tensor

    def covariance(self, a: Tensor, b: Tensor) -> Tensor:
        """Compute the (o, p, n) covariance of (p, e) with (n, e) inputs.

        s (1 + r + r^2 / 3) exp(-r), with r = sqrt(5) times the distance in length scales. Every
        candidate state passes through here, hence the operations in place.
        """
        # A process on the summary inputs ignores all inputs before them.
        k = self.lengthscale.shape[-1]
        a, b = a[:, -k:] / self.lengthscale, b[:, -k:] / self.lengthscale
        root = torch.cdist(a, b).mul_(math.sqrt(5.0))
        # `root` is still needed after this line; everything else is overwritten.
        decay = root.neg().exp_().mul_(self.outputscale)
        return root.square().div_(3.0).add_(root).add_(1.0).mul_(decay)


@dataclass(frozen=True)
class Hyperparameters:
    """Fitted hyperparameters of o independent processes on standardized outputs.

    Attributes:
        components: Processes whose sum models each output.
        noise: (o, 1, 1) noise variances.
        constant: (o, 1) prior means.
    """

    components: tuple[Component, ...]
    noise: Tensor
    constant: Tensor


def stack_hyperparameters(parts: Sequence[Hyperparameters]) -> Hyperparameters:
    """Stack the hyperparameters of several groups of outputs with alike components."""
    components = zip(*(part.components for part in parts), strict=True)
    return Hyperparameters(
        components=tuple(
            Component(
                torch.cat([component.lengthscale for component in row]),
                torch.cat([component.outputscale for component in row]),
            )
            for row in components
        ),
        noise=torch.cat([part.noise for part in parts]),
        constant=torch.cat([part.constant for part in parts]),
    )


@dataclass(frozen=True)
class Posterior:
    """Independent posteriors of o outputs.

    Attributes:
        hyper: Kernel, noise and prior mean.
        x: (n, e) training inputs.
        y: (o, n) standardized training outputs.
        shift: (o,) means of the raw outputs.
        scale: (o,) standard deviations of the raw outputs.
        weights: (o, n, 1) inverse covariance times residuals, K^-1 (y - constant).
        inverse: (o, n, n) inverse covariance K^-1.
    """

    hyper: Hyperparameters
    x: Tensor
    y: Tensor
    shift: Tensor
    scale: Tensor
    weights: Tensor
    inverse: Tensor

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the functions, without noise, at (p, e) inputs.

        Returns:
            (p, o) means and (p, o) standard deviations in the unit of the raw outputs.
        """
        # In chunks, so that the (o, chunk, n) covariances stay small.
        parts = [self._moments(part) for part in torch.split(x, _CHUNK)]
        mean, std = (torch.cat([part[i] for part in parts], dim=1).T for i in range(2))
        return mean * self.scale + self.shift, std * self.scale

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(o, p) standardized means k K^-1 (y - c) + c and deviations sqrt(s - k K^-1 k')."""
        k = covariance(self.hyper, x, self.x)
        mean = self.hyper.constant + (k @ self.weights).squeeze(-1)
        prior = _sum([part.outputscale for part in self.hyper.components]).squeeze(-1)
        # The diagonal of k K^-1 k' alone, without the (p, p) product.
        variance = prior - ((k @ self.inverse) * k).sum(-1)
        # Rounding may leave it slightly negative at a training point.
        return mean, variance.clamp_min(1e-12).sqrt()

    def condition_on_mean(self, x: Tensor) -> "Posterior":
        """Condition on the posterior's own mean at (p, e) inputs (Kriging believer).

        The mean stays as it is, and the standard deviation around the points shrinks, which keeps
        the next proposal away from them (Ginsbourger 2010).
        """
        # Hyperparameters stay: the model's own mean is no new information about them.
        mean, _ = self(x)
        y = torch.cat([self.y, ((mean - self.shift) / self.scale).T], dim=1)
        conditioned = condition(self.hyper, torch.cat([self.x, x]), y)
        return replace(conditioned, shift=self.shift, scale=self.scale)


def covariance(hyper: Hyperparameters, a: Tensor, b: Tensor) -> Tensor:
    """Compute the (o, p, n) prior covariance of (p, e) with (n, e) inputs."""
    return _sum([part.covariance(a, b) for part in hyper.components])


def _sum(tensors: Sequence[Tensor]) -> Tensor:
    return functools.reduce(torch.add, tensors)


def condition(hyper: Hyperparameters, x: Tensor, y: Tensor) -> Posterior:
    """Compute the posterior of standardized outputs.

    Args:
        hyper: Hyperparameters of the o processes.
        x: (n, e) inputs.
        y: (o, n) standardized outputs.

    Returns:
        The posterior, with shift zero and scale one.

    Raises:
        SurrogateError: The covariance has no Cholesky factor, even with jitter.
    """
    k = covariance(hyper, x, x)
    eye = torch.eye(len(x), dtype=x.dtype)
    # Equal points and little noise make the covariance singular in floating point.
    for jitter in (0.0, 1e-8, 1e-6, 1e-4, 1e-2):
        factor, failed = torch.linalg.cholesky_ex(k + (hyper.noise + jitter) * eye)
        if not failed.any() and factor.isfinite().all():
            break
    else:
        raise SurrogateError("covariance is not positive definite")
    # The explicit inverse is less accurate than solving with the factor, but makes each of the
    # many queries a single product.
    weights = torch.cholesky_solve((y - hyper.constant).unsqueeze(-1), factor)
    zeros, ones = torch.zeros(len(y), dtype=x.dtype), torch.ones(len(y), dtype=x.dtype)
    return Posterior(hyper, x, y, zeros, ones, weights, torch.cholesky_inverse(factor))
