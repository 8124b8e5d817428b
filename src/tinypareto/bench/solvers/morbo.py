"""MORBO (Daulton 2022), simplified for one proposal at a time.

Like MORBO it has five trust regions that grow and shrink, centered at the feasible points of
greatest hypervolume contribution, and ranks Thompson samples by hypervolume improvement. It is
simplified in that the regions take turns, all data (there are few) train the models, and a
collapsed region just starts anew.
"""

import numpy as np

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.array_sampler import ArraySampler
from tinypareto.bench.solvers.models import fit_models
from tinypareto.bench.solvers.trust_region import Region, draw_joint_sample, violation
from tinypareto.pareto import feasible_front, hypervolume
from tinypareto.solvers import History
from tinypareto.solvers.box_decomposition import BoxDecomposition
from tinypareto.solvers.ehvi import partition_within_budget
from tinypareto.solvers.history import Mask

_REGIONS = 5
_PAIRS = 500_000


class Morbo:
    """The trust regions of one study.

    Args:
        problem: Problem with the reference point.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._regions = [Region() for _ in range(_REGIONS)]
        self._turn = 0
        self._before: float | None = None

    def __call__(self, history: History, rng: np.random.Generator) -> Array:
        """Propose the (d,) point whose joint posterior sample improves the hypervolume most."""
        x, y = history.x[history.complete], self._problem.scaled(history.y[history.complete])
        excess = violation(history)
        front = feasible_front(y, excess == 0.0) & (y < 1.0).all(axis=1)
        volume = hypervolume(y[front])
        if self._before is not None:
            region = self._regions[self._turn % _REGIONS]
            region.learn(volume > self._before, x.shape[1])
            self._turn += 1
        self._before = volume
        models = fit_models(history)
        center = self._center(x, y, front, excess)
        points = self._regions[self._turn % _REGIONS].candidates(center, models.scales, rng)
        objectives, constraints = draw_joint_sample(models, points)
        broken = constraints.clip(min=0.0).sum(axis=1)
        boxes = partition_within_budget(y[front], np.ones(y.shape[1]))
        gain = np.zeros(len(points))
        if boxes is not None:
            gain = hypervolume_gains(self._problem.scaled(objectives), boxes)
        value = np.where(broken > 0.0, -broken, gain)
        # If nothing improves, a smaller worst objective (scaled) is the next best.
        if not (value > 0.0).any():
            value -= self._problem.scaled(objectives).clip(min=0.0).max(axis=1)
        return np.asarray(points[value.argmax()])

    def _center(self, x: Array, y: Array, front: Mask, excess: Array) -> Array:
        """(d,) center of the region in turn: the point of that rank in hypervolume contribution."""
        rows = np.flatnonzero(front)
        if not len(rows):
            return np.asarray(x[np.lexsort((y.max(axis=1), excess))[0]])
        whole = hypervolume(y[rows])
        loss = [whole - hypervolume(np.delete(y[rows], i, axis=0)) for i in range(len(rows))]
        order = rows[np.argsort(loss)[::-1]]
        return np.asarray(x[order[self._turn % _REGIONS % len(order)]])


def hypervolume_gains(values: Array, boxes: BoxDecomposition) -> Array:
    """Compute the (p,) hypervolumes that (p, m) exact values add to the front."""
    rows = max(1, _PAIRS // len(boxes.lower))
    parts = []
    for part in np.array_split(values, max(1, len(values) // rows)):
        sides = boxes.upper - np.maximum(boxes.lower, part[:, None])
        parts.append(sides.clip(min=0.0).prod(axis=2).sum(axis=1))
    return np.concatenate(parts)


def make(seed: int, problem: Problem) -> ArraySampler:
    """Create the sampler of a study."""
    return ArraySampler(seed, Morbo(problem))
