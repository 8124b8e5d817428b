"""The plain way that benchmarks compare with is the same training."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.prune import plan_from_module
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training import loop
from tinypareto.training.engine import training_steps

plain_training = pytest.importorskip("benchmarks.plain_training", reason="not in an sdist")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Double precision everywhere; the compiled kernels know single precision only."""
    monkeypatch.setattr(training_steps, "kernels", lambda: None)
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("batch_size", [6, 15])
def test_same_losses_and_weights(batch_size: int) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(20) % 3
    x: Any = rng.normal(size=(20, 2, 16)) + y[:, None, None]
    settings = TrainingSettings(epochs=6, batch_size=batch_size, pruning_steps=3)
    histories, modules = [], []
    for train in (plain_training.train, loop.train):
        torch.manual_seed(1)
        module = NetSpec("dscnn", {"width": 8, "depth": 2}, (2, 16), 3).build()
        sparsities = dict.fromkeys(plan_from_module(module, (2, 16)).widths, 0.5)
        histories.append(train(module, x, y, settings, sparsities, 4))
        modules.append(module.state_dict())
    for plain, ours in zip(*histories, strict=True):
        assert plain["loss"] == pytest.approx(ours["loss"], rel=1e-9)
    for name, values in modules[0].items():
        torch.testing.assert_close(values, modules[1][name], rtol=1e-6, atol=1e-9)
