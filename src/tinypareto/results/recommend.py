"""The rule by which a network of a front is recommended."""

from collections.abc import Callable, Sequence

from tinypareto.results.front_point import FrontPoint
from tinypareto.tasks.score import Score

SMALL = 1 / 16
"""Share of a limit below which networks count as equally small: what is saved there is of no use
that a point of the score would not be worth more."""


def recommend(
    points: Sequence[FrontPoint], score: Score, share: Callable[[FrontPoint], float]
) -> int:
    """The trial number of the smallest network that may be as good as the best.

    A network may be as good if it is behind by no more than one standard error of that difference,
    measured in pairs on the same cases (the one-standard-error rule of Breiman 1984, for
    differences). Of those that count as equally small the best search score wins.

    Args:
        points: Networks, at least one; each has its `difference_error`.
        score: Score of the task.
        share: Largest share of a limit that a network uses.
    """
    best = max(score.goodness(point.score_search) for point in points)

    def behind(point: FrontPoint) -> float:
        return best - score.goodness(point.score_search)

    near = [point for point in points if behind(point) <= (point.difference_error or 0.0)]
    return min(near, key=lambda p: (max(share(p), SMALL), behind(p), share(p), p.number)).number
