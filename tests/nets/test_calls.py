"""Calls of torch with which users write their networks: those that work, and those that do not."""

from typing import Any

import pytest
import torch
from torch import nn
from users_networks import HEADS

import tinypareto
from tinypareto.cli.net_listing import record
from tinypareto.data.dataset import Dataset
from tinypareto.errors import UnsupportedLayerError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.frontend.trace import symbolic
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.tape import Tape
from tinypareto.training.sgd import FlatSGD
from tinypareto.training.traced_structure import TracedStructure

SERIES = (2, 24)
POOLED = "users_networks:Pooled"


@pytest.mark.parametrize("head", HEADS)
def test_every_way_to_a_vector_is_pruned(head: str) -> None:
    cost_model = CostModel.from_spec(NetSpec(POOLED, {"head": head}, SERIES, 3), Limits())
    # Where the code says how many features there are, they stay.
    last = () if head == "view of written sizes" else ("last",)
    assert cost_model.layers == ("first", *last)
    part = cost_model.resources(cost_model.channels(dict.fromkeys(cost_model.layers, 0.5)))
    assert part.rom_bytes < cost_model.resources(cost_model.channels({})).rom_bytes


@pytest.mark.parametrize("head", sorted(set(HEADS) - {"dropout"}))
def test_every_way_to_a_vector_is_trained_as_by_autograd(head: str) -> None:
    torch.manual_seed(0)
    module = NetSpec(POOLED, {"head": head}, SERIES, 3).build().train()
    for layer in module.modules():
        if isinstance(layer, nn.Dropout | nn.AlphaDropout):
            layer.p = 0.0
    x = torch.randn(5, *SERIES)
    output = module(x)
    torch.autograd.backward(output, torch.ones_like(output))
    expected = {path: p.grad for path, p in module.named_parameters()}
    assert (expected["last.weight"] is None) == (head == "detach")
    FlatSGD(module, 0.9, 0.0)
    tape = Tape(TracedCalls.from_graph(module, symbolic(module)))
    with torch.inference_mode():
        torch.testing.assert_close(tape.forward(x), output)
        tape.backward(torch.ones_like(output))
    for path, parameter in module.named_parameters():
        gradient = expected[path]
        wanted = torch.zeros_like(parameter) if gradient is None else gradient
        torch.testing.assert_close(parameter.grad, wanted)


@pytest.mark.parametrize(
    "head", ["squeeze", "detach", "view of written sizes", "dropout", "softmax"]
)
def test_such_networks_are_searched(head: str, series: Dataset, tmp_path: Any) -> None:
    front = tinypareto.search(
        series,
        net=POOLED,
        net_options={"head": head},
        trials=3,
        seed=1,
        space={"epochs": 20, "batch_size": 20},
        out=str(tmp_path / "run"),
    )
    assert front.trials == 3
    network = front.load(front.points[0].number)
    assert network.accuracy(series.x_test, series.y_test) == front.points[0].accuracy


def test_such_networks_are_listed() -> None:
    assert set(record(find(POOLED), SERIES, 3)["groups"]) == {"first", "last"}


def test_squeezing_every_axis_is_refused() -> None:
    HEADS["all"] = lambda x: x.squeeze()
    try:
        with pytest.raises(UnsupportedLayerError, match=r"squeeze 'squeeze': .*squeeze\(-1\)"):
            CostModel.from_spec(NetSpec(POOLED, {"head": "all"}, SERIES, 3), Limits())
    finally:
        del HEADS["all"]


@pytest.mark.parametrize("last", [nn.Softmax(-1), nn.Sequential(nn.Softmax(1), nn.Dropout())])
def test_a_softmax_before_the_loss_is_refused(last: nn.Module, series: Dataset) -> None:
    def net(input_shape: tuple[int, ...], classes: int) -> nn.Module:
        return nn.Sequential(NetSpec(POOLED, {}, input_shape, classes).build(), last)

    message = "Softmax '1.*': is the last layer, but the loss, cross entropy, applies a softmax"
    with pytest.raises(UnsupportedLayerError, match=message):
        tinypareto.search(series, net=net, trials=1)
    with pytest.raises(UnsupportedLayerError, match=message):
        TracedStructure.from_module(net(SERIES, 3), SERIES)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("lstm", "LSTM 'body.lstm': returns several tensors"),
        ("gru", "GRU 'body.gru': returns several tensors"),
        ("attention", "MultiheadAttention 'body.attention': returns several tensors"),
        ("max", "max 'max_1': returns several tensors"),
    ],
)
def test_what_has_no_operator_is_refused_by_its_own_name(kind: str, message: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=message) as caught:
        CostModel.from_spec(NetSpec("users_networks:Refused", {"kind": kind}, SERIES, 3), Limits())
    assert "\n" not in str(caught.value)


def test_a_network_without_a_prunable_layer_is_searched(series: Dataset, tmp_path: Any) -> None:
    def net(input_shape: tuple[int, ...], classes: int) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(input_shape[0] * input_shape[1], classes))

    front = tinypareto.search(
        series,
        net=net,
        trials=12,
        seed=1,
        space={"epochs": 1, "batch_size": 20},
        out=str(tmp_path / "run"),
    )
    assert front.trials == 12
    assert len({point.rom_bytes for point in front.points}) == 1
