"""Plateaus: where the loss no longer falls, training goes on to the next event of its schedule."""

from collections.abc import Sequence
from math import ceil, inf
from statistics import fmean

from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.schedule import removals

GAIN = 0.005
"""A smaller fall of the mean loss, from one span of epochs to the next, is a plateau; as a fraction
of the loss of the first epoch, since a loss that is nearly 0 may halve without any use."""
LEAST = 5
"""Epochs of the shortest span; over fewer, the mean loss of small data is noise."""


class Plateau:
    """Decides which epoch follows another.

    The events are all removals of filters, all drops of the learning rate, and the start of the
    last phase, in which weights are averaged or the rate falls to 0, or else the end. Epochs before
    an event are skipped once the loss is flat since the last event. The last phase is never
    shortened, and everything happens in the same order as without skipping.

    Args:
        settings: Settings of the training; `patience` is the span as a fraction of the epochs, and
            1 never skips.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        epochs = settings.epochs
        phase = max(settings.averaging, settings.annealing)
        self._last = ceil((1 - phase) * epochs - 1e-9)
        period = max(1.0, settings.lr_schedule * epochs)
        drops = {ceil(number * period) for number in range(1, int(epochs / period) + 1)}
        self._events = sorted(
            {*removals(settings), *drops, self._last, ceil(settings.warmup * epochs)}
        )
        self._span = max(LEAST, round(settings.patience * epochs)) if settings.patience < 1 else inf
        self._losses: list[float] = []
        self._least = 0.0

    def following(self, epoch: int, loss: float) -> int:
        """Index of the epoch to train after this one.

        Args:
            epoch: Index of the epoch that has ended.
            loss: Its mean training loss.
        """
        if epoch == 0:
            self._least = GAIN * abs(loss)
        follows = epoch + 1
        self._losses.append(loss)
        if follows < self._last and flat(self._losses, self._span, self._least):
            follows = min(event for event in self._events if event >= follows)
        if follows in self._events:
            self._losses.clear()
        return follows


def flat(losses: Sequence[float], span: float, least: float) -> bool:
    """Whether the mean loss of the last `span` epochs is less than `least` below that before."""
    if len(losses) < 2 * span:
        return False
    middle = len(losses) - int(span)
    before, after = losses[middle - int(span) : middle], losses[middle:]
    return fmean(before) - fmean(after) < least
