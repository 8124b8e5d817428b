import pytest
import torch
from torch.nn import functional

from tinypareto.tasks.registry import CLASSIFICATION


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing_is_torchs(smoothing: float) -> None:
    random = torch.Generator().manual_seed(0)
    outputs = torch.randn(7, 4, generator=random, requires_grad=True)
    targets = torch.randint(4, (7,), generator=random)
    loss = functional.cross_entropy(outputs, targets, label_smoothing=smoothing)
    (expected,) = torch.autograd.grad(loss, outputs)
    found = CLASSIFICATION.smoothed_gradient(outputs.detach(), targets, smoothing)
    torch.testing.assert_close(found, expected)
