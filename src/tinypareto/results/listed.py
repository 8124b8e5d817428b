"""Bounds on the scores of listed networks, and the rank correlation of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.results.front_point import FrontPoint
from tinypareto.tasks.score import Score

FEWEST = 3
"""Fewer networks have no rank correlation."""


@dataclass(frozen=True)
class LeastScore:
    """Bounds on the search score of a network that is listed.

    Attributes:
        wish: Least score that the user wants; None for no wish.
        constant: Score of the best constant answer, which has to be exceeded; None if unknown.
    """

    wish: float | None = None
    constant: float | None = None

    def allows(self, score: Score, value: float) -> bool:
        """Whether a network with this search score may be listed."""
        good = score.goodness
        enough = self.wish is None or good(value) >= good(self.wish)
        return enough and (self.constant is None or good(value) > good(self.constant))

    def strictest(self, score: Score) -> float | None:
        """The higher of both bounds."""
        known = [value for value in (self.wish, self.constant) if value is not None]
        return max(known, key=score.goodness, default=None)


def rank_correlation(points: Sequence[FrontPoint]) -> float | None:
    """Spearman's rank correlation of search and test scores; None if there is none.

    It says how far the search score can be trusted to rank networks. It is information only: the
    test split steers nothing.
    """
    if len(points) < FEWEST:
        return None
    ranks = np.stack([_ranks([p.score_search for p in points]), _ranks([p.score for p in points])])
    if not np.ptp(ranks, axis=1).all():
        return None
    return float(np.clip(np.corrcoef(*ranks)[0, 1], -1, 1))


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1, the mean of theirs for equal values."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (counts.cumsum() - (counts - 1) / 2)[place]
    return ranks
