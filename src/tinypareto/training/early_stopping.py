"""Whether a trial can still add to the hypervolume: early stopping with several objectives.

All objectives but accuracy are known exactly before training. So a trial adds to the hypervolume if
and only if its accuracy exceeds that of every network that is nowhere larger; that is one number.
At checkpoints of the evaluation the accuracy so far is compared with finished trials that stood
alike: if none of them gained as much as this one needs, it is stopped, and the surrogate is told
what it would probably have reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

NEIGHBOURS = 10
"""Finished trials that are asked. With fewer at a checkpoint, nothing is stopped there."""


@dataclass(frozen=True)
class Past:
    """A finished trial: its accuracy by checkpoint, and in the end."""

    scores: Mapping[str, float]
    accuracy: float


class HopelessError(Exception):
    """Ends a trial that cannot add to the hypervolume.

    Attributes:
        estimate: Its accuracy in the end, if it went on.
        exact: Whether that is no estimate.
    """

    def __init__(self, estimate: float, exact: bool, reason: str) -> None:
        # All of them, so that it can be pickled.
        super().__init__(estimate, exact, reason)
        self.estimate, self.exact, self.reason = estimate, exact, reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Prospects:
    """What a trial needs and how others fared.

    Attributes:
        needed: The accuracy that it must exceed; negative where any will do.
        past: Finished trials with checkpoints, in the order of their numbers.
        scores: Its own accuracy by checkpoint, as far as it came.
    """

    needed: float
    past: Sequence[Past]
    scores: dict[str, float] = field(default_factory=dict)

    def check(self, checkpoint: str, score: float) -> None:
        """Note an accuracy so far.

        Raises:
            HopelessError: None of the trials most alike gained as much as this one needs.
        """
        self.scores[checkpoint] = score
        there = [past for past in self.past if checkpoint in past.scores]
        alike = sorted(there, key=lambda past: abs(past.scores[checkpoint] - score))[:NEIGHBOURS]
        gains = [past.accuracy - past.scores[checkpoint] for past in alike]
        if len(gains) == NEIGHBOURS and score + max(gains) <= self.needed:
            estimate = min(max(score + median(gains), 0.0), 1.0)
            raise HopelessError(estimate, False, f"{score:.1%} at {checkpoint}")

    def settle(self, accuracy: float) -> None:
        """Note the accuracy in the end, where something is still to be done for the trial.

        Raises:
            HopelessError: It is too low.
        """
        if accuracy <= self.needed:
            raise HopelessError(accuracy, True, f"{accuracy:.1%} in all folds")
