"""What of a candidate decides how it is trained: filters are whole, sparsities are not."""

from collections.abc import Hashable, Mapping
from dataclasses import replace

from tinypareto.pruning.plan import filters_left
from tinypareto.search_space.candidate import Candidate
from tinypareto.training.schedule import removals
from tinypareto.training.settings import TrainingSettings


def resolved(candidate: Candidate, widths: Mapping[str, int]) -> Hashable:
    """Equal for candidates whose trainings differ in their random numbers at most.

    Args:
        candidate: Settings and sparsities.
        widths: Filters of the unpruned network by prunable layer.
    """
    settings = TrainingSettings.of(candidate.settings)
    left = {
        epoch: tuple(
            filters_left(width, fraction * candidate.sparsities.get(layer, 0.0))
            for layer, width in widths.items()
        )
        for epoch, fraction in removals(settings).items()
    }
    # Their part is done: what they decide is which filters are left from which epoch on.
    neutral = replace(settings, pruning_start=0.0, pruning_end=0.0, pruning_steps=1)
    return neutral, tuple(left.items())
