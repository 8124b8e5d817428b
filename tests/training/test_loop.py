from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from tinypareto.errors import ConfigError, DataError, DivergedError
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left
from tinypareto.pruning.prune import plan_from_module, rebuild
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.training.evaluate import float_outputs
from tinypareto.training.loop import train
from tinypareto.training.traced_structure import TracedStructure

SHAPE = (2, 24)
SMALL = {"width": 8, "depth": 2}
SHORT = TrainingSettings(epochs=3, batch_size=8, pruning_steps=2)


def cases(count: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    x = rng.normal(size=(count, *SHAPE)) + labels[:, None, None]
    return x.astype(np.float32), labels


def net(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return NetSpec("dscnn", SMALL, SHAPE, 3).build()


def trained(sparsities: Mapping[str, float], seed: int = 0, count: int = 30) -> nn.Module:
    module = net()
    train(module, *cases(count), SHORT, sparsities, seed)
    return module


def test_kept_counts_and_parameters_are_exact() -> None:
    widths = plan_from_module(net(), SHAPE).widths
    rng = np.random.default_rng(1)
    sparsities = {layer: float(rng.uniform(0.1, 0.99)) for layer in widths}
    module = net()
    history = train(module, *cases(30), SHORT, sparsities, seed=0)
    counts = {layer: filters_left(width, sparsities[layer]) for layer, width in widths.items()}
    assert plan_from_module(module, SHAPE).widths == {k: n for k, n in counts.items() if n > 1}
    twin = rebuild(NetSpec("dscnn", SMALL, SHAPE, 3), counts)
    twin.load_state_dict(module.state_dict())
    assert history[-1]["parameters"] == sum(p.numel() for p in twin.parameters())
    assert [record["epoch"] for record in history] == [1, 2, 3]


def test_the_blueprint_of_a_twin_changes_nothing() -> None:
    module, other = trained({"conv": 0.5}), net()
    train(
        other,
        *cases(30),
        SHORT,
        {"conv": 0.5},
        0,
        traced=TracedStructure.from_module(net(7), SHAPE),
    )
    for a, b in zip(module.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_same_seed_same_weights() -> None:
    first, again, other = (trained({"conv": 0.5}, seed) for seed in (3, 3, 4))
    pairs = list(zip(first.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert not all(torch.equal(a, c) for a, _, c in pairs)


@pytest.mark.parametrize(
    "other",
    [
        replace(SHORT, augment=0.5),
        replace(SHORT, averaging=0.5),
        replace(SHORT, mixup=0.5),
        replace(SHORT, smoothing=0.5),
        replace(SHORT, warmup=0.5),
        replace(SHORT, annealing=0.5),
        replace(SHORT, balance=0.5),
    ],
)
def test_optional_settings_change_the_training_which_comes_from_the_seed(
    other: TrainingSettings,
) -> None:
    x, labels = cases(31)
    without, first, again = (net() for _ in range(3))
    train(without, x, labels, SHORT, {}, seed=0)
    for module in (first, again):
        train(module, x, labels, other, {}, seed=0)
    weights = [torch.cat([p.flatten() for p in m.parameters()]) for m in (without, first, again)]
    assert torch.equal(weights[1], weights[2])
    assert not torch.allclose(weights[0], weights[1])


def test_global_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    trained({})
    assert torch.equal(before, torch.get_rng_state())


def test_a_last_batch_of_one_case_does_not_break_batch_norm() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(48, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    train(module, *cases(17), SHORT, {}, seed=0)


def test_on_epoch_can_stop_training() -> None:
    seen = []

    def stop(record: dict[str, float]) -> None:
        seen.append(record)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train(net(), *cases(30), SHORT, {}, seed=0, on_epoch=stop)
    assert len(seen) == 1


def test_divergence_names_the_epoch() -> None:
    settings = TrainingSettings(epochs=5, batch_size=8, lr=1e30)
    with pytest.raises(DivergedError, match=r"epoch [12].*lower lr"):
        train(net(), *cases(30), settings, {}, seed=0)


def test_an_update_after_the_last_loss_can_diverge_too() -> None:
    settings = TrainingSettings(epochs=1, batch_size=30, lr=1e38, momentum=0.0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(48, 3))
    x, y = cases(30)
    with pytest.raises(DivergedError, match="a weight is not finite in epoch 1"):
        train(module, x * 1e6, y, settings, {}, seed=0)


@pytest.mark.parametrize(
    ("layer", "sparsity"), [("classifier", 0.5), ("conv", 1.0), ("conv", -0.1)]
)
def test_bad_sparsities_are_refused(layer: str, sparsity: float) -> None:
    with pytest.raises(ConfigError, match=layer):
        train(net(), *cases(30), SHORT, {layer: sparsity}, seed=0)


def test_one_case_is_refused() -> None:
    with pytest.raises(DataError, match="1 cases"):
        train(net(), *cases(1), SHORT, {}, seed=0)


def test_accuracy_counts_right_answers() -> None:
    class Sign(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([-x, x], 1)

    x = np.array([[1.0], [-1.0], [2.0], [3.0]], np.float32)
    outputs = float_outputs(Sign(), x)
    assert CLASSIFICATION.evaluate(outputs, np.array([1, 0, 1, 0])) == 0.75


def test_learns_digits_while_half_of_it_is_removed() -> None:
    data = load_digits()
    x = ((data.images[:, None] - 4.9) / 6).astype(np.float32)
    y = data.target.astype(np.int64)
    torch.manual_seed(0)
    module = NetSpec("dscnn", {"width": 16, "depth": 4}, (1, 8, 8), 10).build()
    sparsities = dict.fromkeys(plan_from_module(module, (1, 8, 8)).widths, 0.5)
    settings = TrainingSettings(epochs=8, batch_size=32, lr=0.2, pruning_end=0.4)
    train(module, x[:1300], y[:1300], settings, sparsities, seed=0)
    assert CLASSIFICATION.evaluate(float_outputs(module, x[1300:]), y[1300:]) > 0.85
