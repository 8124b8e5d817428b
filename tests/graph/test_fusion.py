from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from tinypareto.frontend.trace import trace
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.ops.table import Table

PLANE = (4, 9, 9)
LAYERS = ("conv", "wide", "strided", "norm", "mean", "most")


class Apply(nn.Module):
    """Layers by name, applied as a text of Python says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.wide = nn.Conv2d(4, 4, 3, dilation=2)
        self.strided = nn.Conv2d(4, 4, 3, stride=2, padding=2)
        self.norm = nn.BatchNorm2d(4)
        self.mean, self.most = nn.AvgPool2d(3), nn.MaxPool2d(3)

    def forward(self, x: Tensor) -> Tensor:
        layers = {name: getattr(self, name) for name in LAYERS}
        made: Tensor = eval(self.text, {"x": x, "F": F, "torch": torch, **layers})
        return made


def lowered(text: str) -> Graph:
    return lower(*trace(Apply(text), PLANE), PLANE)


def kinds(graph: Graph) -> list[str]:
    return [node.op.kind for node in graph.nodes]


@pytest.mark.parametrize(
    ("text", "names", "activations"),
    [
        ("F.relu(conv(x))", ["relu"], ["relu"]),
        ("F.relu6(torch.add(F.relu(conv(x)), x))", ["relu", "relu6"], ["relu", "relu6"]),
        ("F.relu(F.hardswish(conv(x)))", ["conv", "relu"], ["none", None]),
        ("F.relu(F.relu6(conv(x)))", ["relu6", "relu"], ["relu6", None]),
    ],
)
def test_activations_become_clamps(
    text: str, names: list[str], activations: list[str | None]
) -> None:
    graph = lowered(text)
    assert [node.name for node in graph.nodes] == names
    assert [getattr(node.op, "activation", None) for node in graph.nodes] == activations
    assert graph.nodes[0].layer == "conv"


NORMED: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "conv": (nn.Conv2d(4, 6, 3), PLANE),
    "no bias": (nn.Conv2d(4, 6, 1, bias=False), PLANE),
    "depthwise": (nn.Conv1d(6, 6, 3, groups=6), (6, 9)),
    "linear": (nn.Linear(9, 6), (9,)),
}


@pytest.mark.parametrize("name", NORMED)
def test_batch_norm_goes_into_the_filters(name: str) -> None:
    layer, shape = NORMED[name]
    norm: nn.Module = (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(6)
    with torch.no_grad():
        for tensor in norm.state_dict().values():
            if tensor.ndim:
                tensor.copy_(torch.rand(6) + 0.5)
    module = nn.Sequential(layer, norm, nn.ReLU()).eval()
    (node,) = lower(*trace(module, shape), shape).nodes
    assert (node.name, node.layer, vars(node.op)["activation"]) == ("2", "0", "relu")
    # What torch itself makes of the two.
    fold: Any = fuse_linear_bn_eval if name == "linear" else fuse_conv_bn_eval
    folded = fold(layer, norm)
    weight = folded.get_parameter("weight").detach().numpy().reshape(6, -1)
    got = node.arrays["weight"]
    filters = got.transpose({2: (0, 1), 3: (2, 0, 1), 4: (0, 3, 1, 2)}[got.ndim])
    np.testing.assert_allclose(filters.reshape(6, -1), weight, rtol=1e-5)
    bias = folded.get_parameter("bias").detach().numpy()
    np.testing.assert_allclose(node.arrays["bias"], bias, rtol=1e-4, atol=1e-6)


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        made: Tensor = x + self.norm(x)
        return made


def test_batch_norm_of_a_shared_result_stays() -> None:
    graph = lower(*trace(Shared(), PLANE), PLANE)
    assert kinds(graph) == ["conv2d", "batch_norm", "add"]


class ReadTwice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x + F.relu(x)


def test_an_activation_stays_where_its_input_is_read_twice() -> None:
    assert kinds(lower(*trace(ReadTwice(), PLANE), PLANE)) == ["conv2d", "table", "add"]


@pytest.mark.parametrize(
    ("text", "padding"),
    [
        ("wide(F.pad(x, (4, 0, 1, 2)))", (1, 2, 4, 0)),
        ("conv(F.pad(x, (1, 0)))", (1, 1, 2, 1)),
        ("mean(F.pad(x, (0, 2)))", (0, 0, 0, 2)),
        ("conv(x)[:, :, :-1]", (1, 0, 1, 1)),
        ("F.relu(conv(x)[:, :, :, :-1])", (1, 1, 1, 0)),
        ("F.relu(norm(conv(x)[:, :, :, :-1]))", (1, 1, 1, 0)),
        ("F.relu(norm(conv(x)))[:, :, :, :-1]", (1, 1, 1, 0)),
        ("F.relu(conv(x))[:, :, 1:]", (0, 1, 1, 1)),
    ],
)
def test_padding_goes_into_the_window(text: str, padding: tuple[int, ...]) -> None:
    (node,) = lowered(text).nodes
    assert vars(node.op)["window"].padding == padding


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("most(F.pad(x, (1, 1)))", ["pad", "max_pool"]),  # its padding is no zero
        ("conv(F.pad(x, (2, 0)))", ["pad", "conv2d"]),  # a window would see only zeros
        ("strided(x)[:, :, :-1]", ["conv2d", "pad"]),
        ("wide(x)[:, :, :-1]", ["conv2d", "pad"]),
        ("F.pad(conv(x), (1, 0))", ["conv2d", "pad"]),
    ],
)
def test_other_padding_stays(text: str, wanted: list[str]) -> None:
    assert kinds(lowered(text)) == wanted


def test_functions_in_a_row_are_one_table() -> None:
    first, second = lowered("torch.tanh(F.hardswish(conv(x)) * 3)").nodes
    assert (first.name, second.name, second.op.kind) == ("conv", "tanh", "table")
    x = np.linspace(-4, 4, 50)
    wanted = torch.tanh(F.hardswish(torch.from_numpy(x)) * 3).numpy()
    assert isinstance(second.op, Table)
    np.testing.assert_allclose(second.op.evaluate(x), wanted, atol=1e-12)
