"""Key under which candidates with the same training are equal.

Filters are removed as whole numbers, so different sparsities can lead to the same training.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace

from tinypareto.pruning.plan import filters_left
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.schedule import removals


def training_key(candidate: Candidate, widths: Mapping[str, int]) -> Hashable:
    """Compute a key that is equal for candidates whose trainings differ only in random numbers.

    Args:
        candidate: Settings and sparsities.
        widths: Number of filters of the unpruned network by prunable layer.
    """
    settings = TrainingSettings.from_settings(candidate.settings)
    left = {
        epoch: tuple(
            filters_left(width, fraction * candidate.sparsities.get(layer, 0.0))
            for layer, width in widths.items()
        )
        for epoch, fraction in removals(settings).items()
    }
    # The pruning schedule is neutralized: all it decides, the filters by epoch, is in the key.
    neutral = replace(settings, pruning_start=0.0, pruning_end=0.0, pruning_steps=1)
    return neutral, tuple(left.items()), tuple(sorted(candidate.structure.items()))
