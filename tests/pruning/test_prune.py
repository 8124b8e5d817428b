"""Removing filters gives the outputs of the network in which they are silenced."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from foreign import FOREIGN, randomise
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tinypareto.errors import ConfigError
from tinypareto.frontend.trace import trace
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import PruningPlan, filters_left
from tinypareto.pruning.prune import filter_norms, plan_from_module, prune, rebuild, strongest


def random_keep(plan: PruningPlan, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        name: np.sort(rng.choice(width, filters_left(width, rng.uniform(0, 0.99)), replace=False))
        for name, width in plan.widths.items()
    }


def silence(module: nn.Module, plan: PruningPlan, smaller: PruningPlan) -> None:
    """Zero the removed channels behind every layer with weights."""

    def hook(mask: Tensor) -> Any:
        return lambda _layer, _inputs, output: output * mask.view(-1, *[1] * (output.ndim - 2))

    for path, axes in plan.axes.items():
        alive = np.isin(axes.outputs, smaller.axes[path].outputs)
        module.get_submodule(path).register_forward_hook(hook(torch.from_numpy(alive)))


@pytest.mark.parametrize("name", FOREIGN)
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**31))
def test_pruned_equals_masked(name: str, seed: int) -> None:
    make, shape, widths = FOREIGN[name]
    masked = randomise(make(), seed)
    pruned = deepcopy(masked)
    plan = plan_from_module(masked, shape)
    assert plan.widths == widths
    keep = random_keep(plan, seed)
    smaller = prune(pruned, plan, keep)
    silence(masked, plan, smaller)
    x = torch.rand(3, *shape, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(pruned(x), masked(x), rtol=1e-4, atol=1e-4)
    assert smaller.widths == {layer: len(indices) for layer, indices in keep.items()}


@pytest.mark.parametrize("name", FOREIGN)
def test_layer_channels_are_those_of_the_pruned_network(name: str) -> None:
    make, shape, _ = FOREIGN[name]
    module = randomise(make(), 0)
    plan = plan_from_module(module, shape)
    keep = random_keep(plan, 1)
    many = {layer: np.array([1, len(indices)]) for layer, indices in keep.items()}
    predicted = plan.layer_channels(many)
    prune(module, plan, keep)
    calls, _ = trace(module, shape)
    actual = {call.name: call.shape[0] for call in calls}
    for layer, counts in predicted.items():
        assert np.broadcast_to(counts, 2)[1] == actual[layer]


@pytest.mark.parametrize("name", FOREIGN)
def test_pruning_twice_equals_pruning_once(name: str) -> None:
    make, shape, _ = FOREIGN[name]
    once = randomise(make(), 0)
    twice = deepcopy(once)
    plan = plan_from_module(once, shape)
    every_other = {layer: np.arange(0, width, 2) for layer, width in plan.widths.items()}
    first = {layer: np.array([0]) for layer in plan.widths}
    prune(twice, prune(twice, plan, every_other), first)
    prune(once, plan, first)
    for a, b in zip(once.parameters(), twice.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_momentum_follows_its_weights(memory_format: torch.memory_format) -> None:
    make, shape, _ = FOREIGN["residual"]
    module = randomise(make(), 0)
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.to(memory_format=memory_format)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.0, momentum=0.9)
    for parameter in module.parameters():
        # A buffer equal to its weights must stay so.
        optimizer.state[parameter]["momentum_buffer"] = parameter.detach().clone()
    plan = plan_from_module(module, shape)
    prune(module, plan, random_keep(plan, 3), optimizer.state)
    for parameter in module.parameters():
        buffer = optimizer.state[parameter]["momentum_buffer"]
        assert torch.equal(buffer, parameter)
        assert buffer.stride() == parameter.stride()
    module(torch.rand(2, *shape)).sum().backward()
    optimizer.step()


def test_norms_sum_over_coupled_layers() -> None:
    make, shape, _ = FOREIGN["residual"]
    module = make()
    norms = filter_norms(module, plan_from_module(module, shape))
    expected = sum(
        module.get_submodule(path).get_parameter("weight").detach().abs().sum((1, 2, 3))
        for path in ("stem", "two", "three")
    )
    assert isinstance(expected, Tensor)
    np.testing.assert_allclose(norms["stem"], expected.numpy(), rtol=1e-5)


def test_strongest_are_sorted_and_ties_go_to_the_first() -> None:
    assert strongest(np.array([1.0, 3.0, 2.0, 3.0, 2.0]), 3).tolist() == [1, 2, 3]


def test_rebuild_takes_the_saved_state() -> None:
    shape, channels = (2, 40), {"conv": 5, "blocks.1.se.reduce": 1, "blocks.1.pointwise": 3}
    nets = [
        rebuild(NetSpec("dscnn", {"width": 8, "depth": 2}, shape, 3), channels) for _ in range(2)
    ]
    nets[1].load_state_dict(nets[0].state_dict())
    x = torch.rand(4, *shape)
    assert torch.equal(nets[0].eval()(x), nets[1].eval()(x))
    assert len(nets[0].get_submodule("conv").get_parameter("weight")) == 5


@pytest.mark.parametrize(("layer", "count"), [("conv", 9), ("conv", 0), ("classifier", 2)])
def test_rebuild_refuses(layer: str, count: int) -> None:
    with pytest.raises(ConfigError, match=layer):
        rebuild(NetSpec("dscnn", {"width": 8, "depth": 2}, (2, 40), 3), {layer: count})
