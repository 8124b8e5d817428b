"""Expected hypervolume improvement in closed form, of exact and of normal objectives.

Source: Emmerich 2011 and Yang 2019 for the sum over boxes. Symbols: p points, b boxes,
m objectives.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinypareto.pareto import hypervolume, nondominated
from tinypareto.solvers.box_decomposition import Boxes, undominated
from tinypareto.solvers.chebyshev import SLOPE
from tinypareto.solvers.history import Array
from tinypareto.solvers.posterior_moments import Moments

MOST_BOXES = 4_000
_GRAINS = (1 / 128, 1 / 64, 1 / 32, 1 / 16)
_DOUBT, _MOST_DOUBT, _STALLED = 1.15, 3.0, 8
_PROGRESS = 1e-3
_PAIRS_AT_ONCE = 200_000


def shortfall(threshold: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """E[max(t - Y, 0)] of Y ~ N(mean, std^2); exact for std = 0 and t = -infinity."""
    gap = threshold - mean
    ratio = (gap / std.clamp_min(1e-12)).clamp(-40.0, 40.0)
    density = torch.exp(-0.5 * ratio.square()) / math.sqrt(2.0 * math.pi)
    normal = torch.where(ratio > -40.0, gap * torch.special.ndtr(ratio) + std * density, 0.0)
    return torch.where(std > 0.0, normal.clamp_min(0.0), gap.clamp_min(0.0))


def log_shortfall(threshold: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """E[max(t - Y, 0)] of log Y ~ N(mean, std^2); zero for t <= 0."""
    log, std = threshold.clamp_min(1e-300).log(), std.clamp_min(1e-12)
    ratio = ((log - mean) / std).clamp(-40.0, 40.0)
    below = torch.exp(mean + 0.5 * std.square()) * torch.special.ndtr(ratio - std)
    value = threshold * torch.special.ndtr(ratio) - below
    return torch.where(threshold > 0.0, value.clamp_min(0.0), 0.0)


@dataclass(frozen=True)
class Side:
    """The extents of all boxes along one objective; many boxes share a few.

    Attributes:
        faces: (u, 1) distinct coordinates of faces.
        low: (s,) which face each distinct extent begins at.
        high: (s,) which face it ends at.
        extent: (b,) which extent each box has.
    """

    faces: Tensor
    low: Tensor
    high: Tensor
    extent: Tensor

    def __call__(self, mean: Tensor, std: Tensor, logarithmic: bool) -> Tensor:
        """Expected lengths that a (p,) objective dominates of the boxes' sides, (b, p).

        Boxes come first: whole rows are then copied, several times faster than elements.
        """
        reach = (log_shortfall if logarithmic else shortfall)(self.faces, mean, std)
        return (reach[self.high] - reach[self.low])[self.extent]


@dataclass(frozen=True)
class ExpectedImprovement:
    """Expected reward of points: their expected hypervolume improvement where feasible.

    Limits of learned objectives bound the boxes and do not count in p. Objectives are
    independent, so the expectation of a box's dominated part is the product of
    those of its sides. With p the probability of feasibility and v the expected violation:

        p EHVI - 1e-3 (1 - p) v

    Attributes:
        sides: One per objective, in its unit.
        span: (m,) positive; the reward's unit is their product.
        doubt: Factor on all standard deviations of objectives.
    """

    sides: tuple[Side, ...]
    span: Tensor
    doubt: float = 1.0

    def __call__(self, moments: Moments) -> Tensor:
        """Rewards of p points, (p,)."""
        feasible = moments.feasibility(repeated=False)
        gain = torch.zeros_like(feasible)
        possible = feasible > 0.0
        gain[possible] = self.improvement(
            moments.mean[possible], moments.std[possible], moments.logarithmic
        )
        slope = SLOPE * (1.0 - moments.feasibility()) * moments.violation()
        return feasible * gain - slope

    def improvement(self, mean: Tensor, std: Tensor, logarithmic: Tensor) -> Tensor:
        """Expected hypervolume improvement of (p, m) objectives in units of `span`, (p,)."""
        rows = max(1, _PAIRS_AT_ONCE // len(self.sides[0].extent))
        parts = zip(torch.split(mean, rows), torch.split(self.doubt * std, rows), strict=True)
        volumes = [self._volume(*part, logarithmic.tolist()) for part in parts]
        return torch.cat(volumes) / self.span.prod()

    def _volume(self, mean: Tensor, std: Tensor, logarithmic: list[bool]) -> Tensor:
        volume = self.sides[0](mean[:, 0], std[:, 0], logarithmic[0])
        for j, side in enumerate(self.sides[1:], start=1):
            volume *= side(mean[:, j], std[:, j], logarithmic[j])
        return volume.sum(dim=0)


def draw_shares(limits: Array, rng: np.random.Generator) -> Array:
    """(m,) shares for `volume_reward`: uniform for one objective without a limit, one for all else.

    For a small share only what comes near the best is an improvement. The mean reward over the
    draws is a weighted hypervolume (Zitzler 2007) that values what is near the best most.
    """
    shares, free = np.ones(len(limits)), np.flatnonzero(np.isinf(limits))
    if len(free):
        shares[rng.choice(free)] = rng.random()
    return shares


def volume_reward(
    visited: Array, limits: Array, worst: Array, shares: Array, doubt: bool
) -> ExpectedImprovement | None:
    """The reward of an iteration.

    The reference is the limit of an objective that has one. Of any other it lies between the best
    visited value (a share of zero) and the worst of interest (one), or if that is not known the
    worst visited.

    Args:
        visited: (n, m) feasible objectives in the order of the trials, n >= 1.
        limits: (m,) infinity for none.
        worst: (m,) infinity where not known.
        shares: (m,) in [0, 1].
        doubt: Whether trials without progress widen the surrogates' standard deviations.

    Returns:
        The reward, or None where the front needs too many boxes.
    """
    ideal = visited.min(axis=0)
    worst = np.where(np.isfinite(worst), worst, visited.max(axis=0))
    reference = np.where(np.isfinite(limits), limits, ideal + shares * (worst - ideal))
    span = np.where(reference > ideal, reference - ideal, 1.0)
    scaled, corner = (visited - ideal) / span, (reference - ideal) / span
    boxes = cut(scaled[nondominated(scaled)], corner)
    if boxes is None:
        return None
    boxes = Boxes(boxes.low * span + ideal, boxes.high * span + ideal)
    sides = tuple(_side(boxes, j) for j in range(len(span)))
    factor = doubts(scaled, corner) if doubt else 1.0
    return ExpectedImprovement(sides, torch.from_numpy(span), factor)


def cut(front: Array, corner: Array) -> Boxes | None:
    """At most 4,000 boxes above a (f, m) front in [0, 1], if need be of a coarser one.

    Coarser: coordinates are rounded towards the ideal, so that what is dominated stays so and
    only improvements of less than the grain, at most a sixteenth, are lost.

    Returns:
        The boxes, or None where the coarsest grain needs too many.
    """
    boxes = undominated(front, corner, MOST_BOXES)
    for grain in _GRAINS:
        if boxes is not None:
            break
        rounded = np.unique(np.floor(front / grain) * grain, axis=0)
        boxes = undominated(rounded[nondominated(rounded)], corner, MOST_BOXES)
    return boxes


def doubts(values: Array, corner: Array) -> float:
    """1.15 for each of the last points without progress, at most 3.

    Progress is a part in a thousand of the hypervolume of (n, m) values below the corner.
    """
    whole, stalled = hypervolume(values, corner), 0
    while stalled < min(_STALLED, len(values) - 1):
        if hypervolume(values[: -stalled - 1], corner) < (1.0 - _PROGRESS) * whole:
            break
        stalled += 1
    return float(min(_DOUBT**stalled, _MOST_DOUBT))


def _side(boxes: Boxes, j: int) -> Side:
    ends = np.stack([boxes.low[:, j], boxes.high[:, j]])
    faces, index = np.unique(ends, return_inverse=True)
    pairs, extent = np.unique(index.reshape(ends.shape), axis=1, return_inverse=True)
    low, high = torch.from_numpy(pairs)
    return Side(torch.from_numpy(faces)[:, None], low, high, torch.from_numpy(extent.ravel()))
