"""Early stopping with several objectives: whether a trial can still add to the hypervolume.

All objectives but the score are known exactly before training. A trial therefore adds to the
hypervolume if and only if its score is better than that of every network which is nowhere larger:
a single number. At checkpoints of the evaluation the score so far is compared with finished trials
that had similar scores there. If none of them gained as much as this trial needs, it is stopped,
and the surrogate gets the score that the trial would probably have reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.score import Score

NEIGHBOURS = 10
"""Finished trials to compare with. With fewer at a checkpoint, nothing is stopped there."""


@dataclass(frozen=True)
class FinishedTrial:
    """Scores of a finished trial by checkpoint, and its final score."""

    scores: Mapping[str, float]
    score: float


class TrialStopped(Exception):
    """Ends a trial that cannot add to the hypervolume.

    Attributes:
        estimate: Score that the trial would have in the end.
        exact: Whether the estimate is the true score.
    """

    def __init__(self, estimate: float, exact: bool, reason: str) -> None:
        # Pickling passes these arguments to the constructor.
        super().__init__(estimate, exact, reason)
        self.estimate, self.exact, self.reason = estimate, exact, reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class EarlyStopping:
    """The score that a trial needs, and the finished trials to compare it with.

    Attributes:
        needed: Goodness (see `Score.goodness`) that the trial must exceed; -inf if any score will
            do.
        finished: Finished trials with checkpoints, in the order of their numbers.
        score: How the task scores.
        scores: Scores of this trial by checkpoint, as far as it came.
    """

    needed: float = -inf
    finished: Sequence[FinishedTrial] = ()
    score: Score = CLASSIFICATION.score
    scores: dict[str, float] = field(default_factory=dict)

    def check(self, checkpoint: str, score: float) -> None:
        """Record the score at a checkpoint.

        Raises:
            TrialStopped: None of the trials most alike gained as much as this one needs.
        """
        self.scores[checkpoint] = score
        known = [trial for trial in self.finished if checkpoint in trial.scores]
        alike = sorted(known, key=lambda trial: abs(trial.scores[checkpoint] - score))[:NEIGHBOURS]
        changes = [trial.score - trial.scores[checkpoint] for trial in alike]
        if len(changes) == NEIGHBOURS:
            goodness = self.score.goodness
            if goodness(score) + max(map(goodness, changes)) <= self.needed:
                estimate = self.score.clamp(score + median(changes))
                reason = f"{self.score.text(score)} at {checkpoint}"
                raise TrialStopped(estimate, False, reason)

    def settle(self, score: float) -> None:
        """Record the final score before the last work on the trial.

        Raises:
            TrialStopped: The score is too low.
        """
        if self.score.goodness(score) <= self.needed:
            raise TrialStopped(score, True, f"{self.score.text(score)} in all folds")
