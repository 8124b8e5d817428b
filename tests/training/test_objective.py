import numpy as np
import pytest
import torch
from torch.nn import functional

from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.training.class_weights import case_weights
from tinypareto.training.objective import Objective

Y = np.array([0, 2, 1, 1, 0, 0, 0])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("balance", [0.0, 0.7])
@pytest.mark.parametrize("mixed", [False, True])
def test_the_gradient_is_autograds(smoothing: float, balance: float, mixed: bool) -> None:
    random = torch.Generator().manual_seed(0)
    outputs = torch.randn(5, 3, generator=random, requires_grad=True)
    batch = torch.tensor([6, 1, 3, 0, 2])
    shares = torch.rand(5, 1, generator=random) / 2 if mixed else torch.zeros(5, 1)

    weights = case_weights(Y, balance)
    weight = torch.ones(7) if weights is None else torch.from_numpy(weights)[:, 0]

    def losses(cases: torch.Tensor) -> torch.Tensor:
        targets = torch.from_numpy(Y)[cases]
        plain = functional.cross_entropy(
            outputs, targets, reduction="none", label_smoothing=smoothing
        )
        return weight[cases] * plain

    loss = ((1 - shares[:, 0]) * losses(batch) + shares[:, 0] * losses(batch.roll(1))).mean()
    (expected,) = torch.autograd.grad(loss, outputs)
    settings = TrainingSettings(smoothing=smoothing, balance=balance)
    objective = Objective(CLASSIFICATION, Y, settings, torch.device("cpu"))
    found = objective.gradient(outputs.detach(), batch, shares if mixed else None)
    torch.testing.assert_close(found, expected)
