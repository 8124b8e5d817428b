import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.interpreter import predict, run
from tinypareto.graph.lower import lower
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.table import Table
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import to_int8

SHAPE = (3, 12, 12)


class Residual(nn.Module):
    """Most of what a network can contain."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding="same", bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8)
        self.squeeze, self.excite = nn.Linear(8, 4), nn.Linear(4, 8)
        self.pointwise = nn.Conv2d(8, 8, 1)
        self.tail = nn.Sequential(nn.Hardswish(), nn.MaxPool2d(2), nn.Dropout(), nn.Flatten())
        self.head = nn.Linear(8 * 3 * 3, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.relu6(self.depthwise(torch.relu(self.norm(self.conv(x)))))
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean((2, 3))))))
        x = gate.unsqueeze(-1).unsqueeze(-1) * x
        x = torch.relu(self.pointwise(x) + x)
        logits: Tensor = self.head(self.tail(x))
        return logits


class Ranges(torch.fx.Interpreter):
    """Observes every tensor of a network."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(torch.fx.symbolic_trace(module))
        self.seen: dict[str, tuple[float, float]] = {}

    def run_node(self, n: torch.fx.Node) -> Tensor:
        result: Tensor = super().run_node(n)
        name = str(n.target) if n.op == "call_module" else n.name
        self.seen[name] = (float(result.min()), float(result.max()))
        return result


def test_a_whole_network_is_close_to_its_float_original() -> None:
    torch.manual_seed(0)
    module, x = Residual(), torch.randn(64, *SHAPE)
    module(x)
    module.eval()
    calls, source = trace(module, SHAPE)
    ranges = Ranges(module)
    with torch.no_grad():
        wanted = ranges.run(x).numpy()
    graph = quantize(lower(calls, source, SHAPE), ranges.seen)
    given, made = graph.quants[graph.input], graph.quants[graph.output]
    outputs = run(graph, to_int8(x.numpy().transpose(0, 2, 3, 1), given))
    error = (outputs - float(made.zero_point)) * made.scale - wanted
    assert outputs.shape == wanted.shape
    assert np.abs(error).max() < 4 * made.scale
    assert error.std() < 0.02 * wanted.std()


def diamond() -> Graph:
    nodes = (
        Node("a", Table("relu"), ("x",)),
        Node("b", Table("tanh"), ("x",)),
        Node("y", Add(), ("a", "b")),
    )
    ranges = {"x": (-2.0, 2.0), "a": (0.0, 2.0), "b": (-1.0, 1.0), "y": (-1.0, 3.0)}
    return quantize(Graph("x", (1, 2, 3), nodes), ranges)


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).integers(-128, 128, (50, 1, 2, 3)).astype(np.int8)
    together = run(diamond(), x)
    monkeypatch.setattr(interpreter, "BATCH_ELEMENTS", 7 * 6)
    np.testing.assert_array_equal(run(diamond(), x), together)


def test_no_inputs_give_no_outputs() -> None:
    assert run(diamond(), np.empty((0, 1, 2, 3), np.int8)).shape == (0, 6)


def test_the_first_of_equal_outputs_wins() -> None:
    x = np.array([[3, 9, 9], [5, 5, 5]], np.int8).reshape(2, 1, 1, 3)
    graph = Graph("x", (1, 1, 3), (Node("y", Table("relu"), ("x",)),))
    labels = predict(quantize(graph, {"x": (-1.0, 1.0), "y": (0.0, 1.0)}), x)
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 0]
