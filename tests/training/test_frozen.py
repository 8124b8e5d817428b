"""Networks with frozen parameters, such as those that are only to be pruned and quantized."""

import numpy as np
import pytest
import torch
from torch import nn

from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.loop import train

SETTINGS = {"epochs": 4, "batch_size": 10, "lr": 0.1, "weight_decay": 0.1}


def network(trained: int, dilation: int) -> nn.Module:
    """All parameters are frozen but for the last ones; a dilation is nothing for compiled steps."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=dilation, dilation=dilation),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False),
        nn.ReLU(),
        nn.Conv2d(6, 5, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, 3),
    )
    parameters = list(module.parameters())
    for parameter in parameters[: len(parameters) - trained]:
        parameter.requires_grad = False
    return module


def fitted(module: nn.Module, sparsities: dict[str, float]) -> nn.Module:
    x = np.random.default_rng(0).normal(size=(40, 2, 8, 8)).astype(np.float32)
    settings = TrainingSettings.from_settings(SETTINGS)
    train(module, x, np.arange(40) % 3, settings, sparsities, 0)
    return module


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("trained", [0, 2])
def test_frozen_parameters_stay_as_they_are(trained: int, dilation: int) -> None:
    module = network(trained, dilation)
    before = [p.clone() for p in module.parameters()]
    after = list(fitted(module, {}).parameters())
    same = [torch.equal(a, b.to(a.device)) for a, b in zip(after, before, strict=True)]
    assert same == [True] * (len(before) - trained) + [False] * trained
    assert all(p.grad is None for p in after)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("trained", [0, 2])
def test_a_frozen_network_can_be_pruned(trained: int, dilation: int) -> None:
    module = network(trained, dilation)
    filters = module.get_parameter("0.weight").clone()
    left = fitted(module, {"0": 0.5, "5": 0.4}).get_parameter("0.weight").cpu()
    assert left.shape[0] == 3
    for kept in left:
        assert any(torch.equal(kept, one) for one in filters)
