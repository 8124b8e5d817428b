"""Scores of a network at checkpoints of its training, by which a hopeless trial is stopped."""

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
"""Checkpoints: fractions of the epochs at which the first network of a trial is scored."""
STATISTICS = 1024
"""Number of cases for the statistics of batch norm at these checkpoints."""


@dataclass(frozen=True)
class Watch:
    """Scores a network while it trains, on the cases that score it at the end.

    Attributes:
        prospects: Early-stopping rule, which receives the scores and may end the training.
        scored_on: Returns the raw cases and labels that steer the search. It is called for each
            score, so that large data is not kept in memory in between.
    """

    prospects: Prospects
    scored_on: Callable[[], Part]

    def on(
        self,
        module: nn.Module,
        epochs: float,
        normalizer: Normalizer,
        cases: NDArray[np.float32],
    ) -> Callable[[Epoch], None]:
        """Make the callback of the training loop, to be called with the record of each epoch.

        Args:
            module: The network.
            epochs: Total number of epochs of the training.
            normalizer: Normalizer of the raw cases.
            cases: Normalized training cases, [n, channels, ...].
        """
        due = {max(1, round(part * round(epochs))): part for part in WATCHED}

        def score(record: Epoch) -> None:
            if (part := due.get(round(record["epoch"]))) is not None:
                device = next(module.parameters()).device
                sample = cases[:: -(-len(cases) // STATISTICS)]
                recalibrate(module, torch.from_numpy(sample).to(device))
                accuracy = evaluate_accuracy(module, *self.scored_on(), normalizer)
                self.prospects.check(f"{part} of the epochs", accuracy)

        return score
