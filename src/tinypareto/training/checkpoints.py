"""Scores of a network while it trains, by which a hopeless trial is stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.data.normalize import Normalizer
from tinypareto.data.split import Part
from tinypareto.training.batch_norm_statistics import recalibrate
from tinypareto.training.early_stopping import Prospects
from tinypareto.training.loop import Epoch, evaluate_accuracy

WATCHED = (Fraction(1, 3), Fraction(2, 3))
"""Fractions of the epochs at which the first network of a trial is scored."""
STATISTICS = 1024
"""Cases for the statistics of batch norm at these points."""


@dataclass(frozen=True)
class Watch:
    """Scores a network while it trains, on the cases that will score it in the end.

    Attributes:
        prospects: What is told, and ends the training.
        scored_on: Makes the raw cases that steer the search; large ones are not to stay there.
    """

    prospects: Prospects
    scored_on: Callable[[], Part]

    def on(
        self,
        module: nn.Module,
        epochs: float,
        normalizer: Normalizer,
        given: NDArray[np.float32],
    ) -> Callable[[Epoch], None]:
        """To be called with the record of each epoch.

        Args:
            module: The network.
            epochs: That it will be trained.
            normalizer: Of the raw cases.
            given: The cases that it is trained on, normalised.
        """
        due = {max(1, round(part * round(epochs))): part for part in WATCHED}

        def score(record: Epoch) -> None:
            if (part := due.get(round(record["epoch"]))) is not None:
                place = next(module.parameters()).device
                sample = given[:: -(-len(given) // STATISTICS)]
                recalibrate(module, torch.from_numpy(sample).to(place))
                accuracy = evaluate_accuracy(module, *self.scored_on(), normalizer)
                self.prospects.check(f"{part} of the epochs", accuracy)

        return score
