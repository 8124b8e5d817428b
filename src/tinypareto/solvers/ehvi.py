"""Expected hypervolume improvement in closed form, of exact and of normal objectives.

The sum over boxes is that of Emmerich 2011 and Yang 2019. With independent objectives the expected
volume that a point dominates of a box is a product over objectives, and each factor a difference
of two one-dimensional expected improvements, at the box's upper and lower face.

| symbol | meaning | in the code | shape | unit |
|---|---|---|---|---|
| p | points | | | |
| m | objectives, minimized | | | |
| b | boxes of the nondominated region | `BoxDecomposition`, `Side` | (b, m) | as the objectives |
| t | face of a box | `Side.faces` | (u, 1) | as the objective |
| Y | objective at a point | `mean`, `std` | (p, m) | as the objectives |
| u | share between best and worst visited value | `draw_reference_shares` | (m,) | 1 |
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinypareto.pareto import hypervolume, nondominated
from tinypareto.solvers.box_decomposition import BoxDecomposition, partition_nondominated
from tinypareto.solvers.chebyshev import SLOPE
from tinypareto.solvers.history import Array
from tinypareto.solvers.posterior_moments import PosteriorMoments

MAX_BOXES = 4_000
_GRAINS = (1 / 128, 1 / 64, 1 / 32, 1 / 16)
_INFLATION, _MAX_INFLATION, _MAX_STALLED = 1.15, 3.0, 8
_PROGRESS = 1e-3
_PAIRS_AT_ONCE = 200_000


def expected_shortfall(threshold: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """E[max(t - Y, 0)] for Y ~ N(mean, std^2), the expected improvement of Y on t.

    (t - mean) Phi(z) + std phi(z) with z = (t - mean) / std; exact for std = 0 and t = -infinity.
    """
    gap = threshold - mean
    # Beyond 40 standard deviations the normal distribution is 0 or 1 in double precision. The
    # clamp also keeps t = -infinity from turning into infinity times zero.
    ratio = (gap / std.clamp_min(1e-12)).clamp(-40.0, 40.0)
    density = torch.exp(-0.5 * ratio.square()) / math.sqrt(2.0 * math.pi)
    normal = torch.where(ratio > -40.0, gap * torch.special.ndtr(ratio) + std * density, 0.0)
    # A known objective has no spread: its improvement is the gap itself. Rounding in the far tail
    # may leave a negative value.
    return torch.where(std > 0.0, normal.clamp_min(0.0), gap.clamp_min(0.0))


def expected_log_shortfall(threshold: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """E[max(t - Y, 0)] for log Y ~ N(mean, std^2); zero for t <= 0.

    t Phi(z) - exp(mean + std^2 / 2) Phi(z - std) with z = (log t - mean) / std, as in the formula
    of Black and Scholes for a put option.
    """
    # Y is positive, so a threshold of zero is out of its reach; 1e-300 keeps the logarithm finite.
    log, std = threshold.clamp_min(1e-300).log(), std.clamp_min(1e-12)
    ratio = ((log - mean) / std).clamp(-40.0, 40.0)
    below = torch.exp(mean + 0.5 * std.square()) * torch.special.ndtr(ratio - std)
    value = threshold * torch.special.ndtr(ratio) - below
    return torch.where(threshold > 0.0, value.clamp_min(0.0), 0.0)


@dataclass(frozen=True)
class Side:
    """The extents of all boxes along one objective.

    Thousands of boxes share a few dozen faces, so improvements are computed once per face and
    then copied.

    Attributes:
        faces: (u, 1) distinct coordinates of faces.
        lower: (s,) index of the face at which each distinct extent begins.
        upper: (s,) index of the face at which it ends.
        extent: (b,) index of the extent of each box.
    """

    faces: Tensor
    lower: Tensor
    upper: Tensor
    extent: Tensor

    def __call__(self, mean: Tensor, std: Tensor, logarithmic: bool) -> Tensor:
        """Compute the expected lengths that a (p,) objective dominates of the sides, (b, p).

        Boxes come first: whole rows are then copied, several times faster than elements.
        """
        shortfall = expected_log_shortfall if logarithmic else expected_shortfall
        reach = shortfall(self.faces, mean, std)  # (u, p) improvements on each face
        # E[max(b - Y, 0)] - E[max(a - Y, 0)] is the expected length that Y dominates of [a, b].
        return (reach[self.upper] - reach[self.lower])[self.extent]


@dataclass(frozen=True)
class ExpectedImprovement:
    """Expected reward of points: their expected hypervolume improvement if feasible.

    Limits of learned objectives bound the boxes and do not count in p. Objectives are
    independent, so the expectation of a box's dominated part is the product of
    those of its sides. With p the probability of feasibility and v the expected violation:

        p EHVI - 1e-3 (1 - p) v

    Attributes:
        sides: Extents of the boxes, one `Side` per objective, in the objective's unit.
        span: (m,) positive values; the unit of the reward is their product.
        std_factor: Factor on all standard deviations of objectives, >= 1.
    """

    sides: tuple[Side, ...]
    span: Tensor
    std_factor: float = 1.0

    def __call__(self, moments: PosteriorMoments) -> Tensor:
        """Compute the (p,) rewards of p points."""
        feasible = moments.feasibility(objective_limits=False)
        gain = torch.zeros_like(feasible)
        # Known limits rule out most points at once: only the others need the sum over boxes.
        possible = feasible > 0.0
        gain[possible] = self.improvement(
            moments.mean[possible], moments.std[possible], moments.logarithmic
        )
        # Without a slope all infeasible points would be alike, and no policy would find its way.
        slope = SLOPE * (1.0 - moments.feasibility()) * moments.violation()
        return feasible * gain - slope

    def improvement(self, mean: Tensor, std: Tensor, logarithmic: Tensor) -> Tensor:
        """Compute the (p,) expected hypervolume improvements of (p, m) objectives.

        Args:
            mean: (p, m) means, of the logarithm for a logarithmic objective.
            std: (p, m) standard deviations of the same.
            logarithmic: (m,) mask of the objectives whose logarithm is normal.

        Returns:
            (p,) improvements in units of the product of `span`.
        """
        # In chunks: the (b, p) products of all points together would take hundreds of megabytes.
        rows = max(1, _PAIRS_AT_ONCE // len(self.sides[0].extent))
        parts = zip(torch.split(mean, rows), torch.split(self.std_factor * std, rows), strict=True)
        volumes = [self._volume(*part, logarithmic.tolist()) for part in parts]
        return torch.cat(volumes) / self.span.prod()

    def _volume(self, mean: Tensor, std: Tensor, logarithmic: list[bool]) -> Tensor:
        # The expectation of a product of independent lengths is the product of their expectations.
        volume = self.sides[0](mean[:, 0], std[:, 0], logarithmic[0])
        for j, side in enumerate(self.sides[1:], start=1):
            volume *= side(mean[:, j], std[:, j], logarithmic[j])
        return volume.sum(dim=0)


def draw_reference_shares(limits: Array, rng: np.random.Generator) -> Array:
    """Draw the (m,) shares u of `hypervolume_reward`.

    One objective without a limit, drawn at random, gets a uniform share; all others get one. With
    a small share only values near the best are an improvement. The mean reward over the draws is
    a weighted hypervolume (Zitzler 2007) that values points near the best most.
    """
    shares, free = np.ones(len(limits)), np.flatnonzero(np.isinf(limits))
    if len(free):
        shares[rng.choice(free)] = rng.random()
    return shares


def hypervolume_reward(
    visited: Array, limits: Array, worst: Array, shares: Array, inflate_std: bool
) -> ExpectedImprovement | None:
    """Build the reward of an iteration.

    The reference of an objective with a limit is the limit. The reference of any other objective
    lies between the best visited value (a share of zero) and the worst value of interest (a share
    of one), or the worst visited value if no worst of interest is known.

    Args:
        visited: (n, m) feasible objectives in the order of the trials, n >= 1.
        limits: (m,) greatest feasible values, infinity for none.
        worst: (m,) worst values of interest, infinity if not known.
        shares: (m,) shares u in [0, 1].
        inflate_std: Whether trials without progress widen the surrogates' standard deviations.

    Returns:
        The reward, or None if the front needs too many boxes.
    """
    ideal = visited.min(axis=0)
    worst = np.where(np.isfinite(worst), worst, visited.max(axis=0))
    reference = np.where(np.isfinite(limits), limits, ideal + shares * (worst - ideal))
    # With a reference at the ideal nothing can improve; a span of one avoids dividing by zero.
    span = np.where(reference > ideal, reference - ideal, 1.0)
    # Boxes are found in [0, 1], where one grain suits all objectives, and mapped back.
    scaled, corner = (visited - ideal) / span, (reference - ideal) / span
    boxes = partition_within_budget(scaled[nondominated(scaled)], corner)
    if boxes is None:
        return None
    boxes = BoxDecomposition(boxes.lower * span + ideal, boxes.upper * span + ideal)
    sides = tuple(_side(boxes, j) for j in range(len(span)))
    factor = stall_inflation(scaled, corner) if inflate_std else 1.0
    return ExpectedImprovement(sides, torch.from_numpy(span), factor)


def partition_within_budget(front: Array, corner: Array) -> BoxDecomposition | None:
    """Cut the region above a (f, m) front in [0, 1] into at most 4,000 boxes.

    A front that needs more is coarsened first: coordinates are rounded towards the ideal, so that
    dominated points stay dominated, and only improvements smaller than the grain, at most a
    sixteenth, are lost.

    Returns:
        The boxes, or None if even the coarsest grain needs too many.
    """
    boxes = partition_nondominated(front, corner, MAX_BOXES)
    for grain in _GRAINS:
        if boxes is not None:
            break
        # Rounded points coincide or dominate each other, so fewer are left.
        rounded = np.unique(np.floor(front / grain) * grain, axis=0)
        boxes = partition_nondominated(rounded[nondominated(rounded)], corner, MAX_BOXES)
    return boxes


def stall_inflation(values: Array, corner: Array) -> float:
    """Factor for the standard deviations: 1.15 for each last point without progress, at most 3.

    Progress is one part in a thousand of the hypervolume of the (n, m) values below the corner.
    """
    # Leave out one more of the last points at a time, until the hypervolume shrinks.
    whole, stalled = hypervolume(values, corner), 0
    while stalled < min(_MAX_STALLED, len(values) - 1):
        if hypervolume(values[: -stalled - 1], corner) < (1.0 - _PROGRESS) * whole:
            break
        stalled += 1
    return float(min(_INFLATION**stalled, _MAX_INFLATION))


def _side(boxes: BoxDecomposition, j: int) -> Side:
    """Collect the distinct faces along objective j, and the distinct pairs of them."""
    ends = np.stack([boxes.lower[:, j], boxes.upper[:, j]])
    faces, index = np.unique(ends, return_inverse=True)
    pairs, extent = np.unique(index.reshape(ends.shape), axis=1, return_inverse=True)
    lower, upper = torch.from_numpy(pairs)
    return Side(torch.from_numpy(faces)[:, None], lower, upper, torch.from_numpy(extent.ravel()))
