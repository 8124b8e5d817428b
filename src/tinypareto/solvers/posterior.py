"""Gaussian-process posteriors fused for very many points.

A policy search asks for mean and standard deviation at some ten thousand points an iteration;
plain torch with a precomputed inverse answers that in milliseconds.

Symbols: n training points, e inputs, o outputs, p points asked for.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

_CHUNK = 128


class SurrogateError(RuntimeError):
    """No usable posterior came out of the data: propose without one."""


@dataclass(frozen=True)
class Component:
    """One Matern 5/2 process on the last k inputs.

    Attributes:
        lengthscale: (o, 1, k).
        outputscale: (o, 1, 1), variances.
    """

    lengthscale: Tensor
    outputscale: Tensor

    def covariance(self, a: Tensor, b: Tensor) -> Tensor:
        """Of (p, e) with (n, e): (o, p, n)."""
        k = self.lengthscale.shape[-1]
        a, b = a[:, -k:] / self.lengthscale, b[:, -k:] / self.lengthscale
        root = torch.cdist(a, b).mul_(math.sqrt(5.0))
        decay = root.neg().exp_().mul_(self.outputscale)
        return root.square().div_(3.0).add_(root).add_(1.0).mul_(decay)


@dataclass(frozen=True)
class Hyperparameters:
    """What fitting finds, for o independent processes on standardised outputs.

    Attributes:
        components: Processes that add up.
        noise: (o, 1, 1), variances.
        constant: (o, 1), prior means.
    """

    components: tuple[Component, ...]
    noise: Tensor
    constant: Tensor


def joined(parts: Sequence[Hyperparameters]) -> Hyperparameters:
    """Those of several groups of processes with alike components as one."""
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
        hyper: Kernel, noise and mean.
        x: (n, e) training inputs.
        y: (o, n) standardised training outputs.
        shift: (o,) means of the raw outputs.
        scale: (o,) standard deviations of the raw outputs.
        weights: (o, n, 1) inverse covariance times residuals.
        inverse: (o, n, n) inverse of the noisy covariance.
    """

    hyper: Hyperparameters
    x: Tensor
    y: Tensor
    shift: Tensor
    scale: Tensor
    weights: Tensor
    inverse: Tensor

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the functions (without noise) at (p, e): (p, o) each."""
        parts = [self._moments(part) for part in torch.split(x, _CHUNK)]
        mean, std = (torch.cat([part[i] for part in parts], dim=1).T for i in range(2))
        return mean * self.scale + self.shift, std * self.scale

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        k = covariance(self.hyper, x, self.x)
        mean = self.hyper.constant + (k @ self.weights).squeeze(-1)
        prior = sum_of([part.outputscale for part in self.hyper.components]).squeeze(-1)
        variance = prior - ((k @ self.inverse) * k).sum(-1)
        return mean, variance.clamp_min(1e-12).sqrt()

    def believe(self, x: Tensor) -> "Posterior":
        """The posterior had it seen its own mean at (p, e) (believer, Ginsbourger 2010).

        The mean stays, the doubt around the points goes.
        """
        mean, _ = self(x)
        y = torch.cat([self.y, ((mean - self.shift) / self.scale).T], dim=1)
        joined = condition(self.hyper, torch.cat([self.x, x]), y)
        return replace(joined, shift=self.shift, scale=self.scale)


def covariance(hyper: Hyperparameters, a: Tensor, b: Tensor) -> Tensor:
    """Prior covariance of (p, e) with (n, e): (o, p, n)."""
    return sum_of([part.covariance(a, b) for part in hyper.components])


def sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """Of one tensor or more of one shape."""
    return functools.reduce(torch.add, tensors)


def condition(hyper: Hyperparameters, x: Tensor, y: Tensor) -> Posterior:
    """The posterior after standardised outputs (o, n) at (n, e).

    Raises:
        SurrogateError: The covariance has no Cholesky factor, even with jitter.
    """
    k = covariance(hyper, x, x)
    eye = torch.eye(len(x), dtype=x.dtype)
    for jitter in (0.0, 1e-8, 1e-6, 1e-4, 1e-2):
        factor, failed = torch.linalg.cholesky_ex(k + (hyper.noise + jitter) * eye)
        if not failed.any() and factor.isfinite().all():
            break
    else:
        raise SurrogateError("covariance is not positive definite")
    weights = torch.cholesky_solve((y - hyper.constant).unsqueeze(-1), factor)
    zeros, ones = torch.zeros(len(y), dtype=x.dtype), torch.ones(len(y), dtype=x.dtype)
    return Posterior(hyper, x, y, zeros, ones, weights, torch.cholesky_inverse(factor))
