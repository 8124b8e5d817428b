"""Scores a network while it trains, so that a hopeless trial can be stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.data.normalize import Normalizer
from tinypareto.data.split import Part
from tinypareto.tasks.output_scaling import OutputScaling
from tinypareto.tasks.task import Task
from tinypareto.training.batch_norm_statistics import recalibrate
from tinypareto.training.early_stopping import EarlyStopping
from tinypareto.training.evaluate import float_outputs
from tinypareto.training.loop import Epoch

CHECKPOINTS = (Fraction(1, 3), Fraction(2, 3))
"""Fractions of the epochs at which the first network of a trial is scored."""
NO_SCALING = OutputScaling()
STATISTICS = 1024
"""Cases for the statistics of batch norm at these points."""


@dataclass(frozen=True)
class CheckpointScorer:
    """Scores a network while it trains, on the cases that will score it in the end.

    Attributes:
        early_stopping: Records the scores, and may end the training.
        scored_on: Makes the raw cases that steer the search, so that they need no memory meanwhile.
        task: Defines the score.
    """

    early_stopping: EarlyStopping
    scored_on: Callable[[], Part]
    task: Task

    def on(
        self,
        module: nn.Module,
        epochs: float,
        normalizer: Normalizer,
        cases: NDArray[np.float32],
        scaling: OutputScaling = NO_SCALING,
    ) -> Callable[[Epoch], None]:
        """A function to call with the record of each epoch.

        Args:
            module: The network.
            epochs: Epochs that it will be trained for.
            normalizer: Normalization of the raw cases.
            cases: Normalized cases that it is trained on.
            scaling: Units of the outputs.
        """
        due = {max(1, round(part * round(epochs))): part for part in CHECKPOINTS}

        def score(record: Epoch) -> None:
            if (part := due.get(round(record["epoch"]))) is not None:
                device = next(module.parameters()).device
                sample = cases[:: -(-len(cases) // STATISTICS)]
                recalibrate(module, torch.from_numpy(sample).to(device))
                x, y = self.scored_on()
                outputs = scaling.in_units(float_outputs(module, x, normalizer))
                self.early_stopping.check(f"{part} of the epochs", self.task.evaluate(outputs, y))

        return score
