"""The loss that a training minimizes: the task's, smoothed, weighted and blended as set."""

import torch
from torch import Tensor

from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.task import Targets, Task
from tinypareto.training.class_weights import case_weights


class Objective:
    """The loss over the cases of one training, and its gradient.

    Args:
        task: Its loss is the mean over the cases.
        y: Targets of the training cases, [n, ...].
        settings: How far targets are smoothed, and rare classes weigh more.
        device: Device of the outputs.
    """

    def __init__(
        self, task: Task, y: Targets, settings: TrainingSettings, device: torch.device
    ) -> None:
        self._task, self._smoothing = task, settings.smoothing
        self.y = torch.tensor(y, device=device)
        weights = case_weights(task.strata(y), settings.balance)
        self._weights = None if weights is None else torch.from_numpy(weights).to(device)

    def gradient(self, outputs: Tensor, batch: Tensor, shares: Tensor | None) -> Tensor:
        """Gradient with respect to the outputs, [n, outputs].

        Args:
            outputs: Outputs of the network for a batch, [n, outputs].
            batch: Indices of its cases, [n].
            shares: Shares of the cases before them in the batch, as from `blended`; None for 0.
        """
        own = self._gradient(outputs, batch)
        if shares is None:
            return own
        return torch.lerp(own, self._gradient(outputs, batch.roll(1)), shares)

    def _gradient(self, outputs: Tensor, batch: Tensor) -> Tensor:
        found = self._task.smoothed_gradient(outputs, self.y[batch], self._smoothing)
        return found if self._weights is None else found * self._weights[batch]
