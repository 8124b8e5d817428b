"""Every torch call of the registry, under each of its names, through all that knows the registry.

A new record is tested as soon as `EXAMPLES` has a use of each of its names.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from networks import Overwrite
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.trace import symbolic, trace
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.lower import lower
from tinypareto.graph.op import ChannelRule, Op
from tinypareto.graph.ops import OPS, TORCH_CALLS
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.graph.torch_call import ChannelFlow, Role, TorchCall
from tinypareto.nets.random_kernels import RandomKernels
from tinypareto.pruning.prune import plan_from_module, prune
from tinypareto.qdq import write_ops as onnx_writers
from tinypareto.qdq.writer import to_onnx
from tinypareto.quantize.observe import observe
from tinypareto.tflite import write_ops as tflite_writers
from tinypareto.tflite.writer import to_tflite
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.compiled_program import Program
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.tape import Tape
from tinypareto.training.engine.training_steps import STEPS
from tinypareto.training.sgd import FlatSGD

Use = nn.Module | Callable[[Tensor], Tensor]

CHANNELS, CLASSES = 6, 3
IMAGE, SERIES = (2, 4, 6), (2, 8)
STEPS_OFF = 4
"""Steps of the output by which int8 may differ from float through the few layers of a network."""


class Around(nn.Module):
    """A call between a layer whose filters can be pruned and the classifier."""

    def __init__(self, make: Callable[[], Use], shape: tuple[int, ...], vector: bool) -> None:
        super().__init__()
        series = len(shape) == 2
        self.stem = (nn.Conv1d if series else nn.Conv2d)(shape[0], CHANNELS, 1)
        self.pool = nn.Sequential(*([nn.AdaptiveAvgPool2d(1), nn.Flatten()] if vector else []))
        self.call = make()
        with torch.no_grad():
            values = self.call(self.pool(self.stem(torch.zeros(2, *shape))))
        pools = {3: nn.AdaptiveAvgPool1d, 4: nn.AdaptiveAvgPool2d}
        last = [pools[values.ndim](1), nn.Flatten()] if values.ndim > 2 else []
        self.head = nn.Sequential(*last, nn.Linear(values.shape[1], CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.call(self.pool(self.stem(x))))
        return logits


IMAGES: dict[str, Callable[[], Use]] = {
    "Conv2d": lambda: nn.Conv2d(CHANNELS, 5, 3, padding=1),
    "BatchNorm2d": lambda: nn.BatchNorm2d(CHANNELS),
    "add": lambda: lambda x: x + F.relu(x),
    "mul": lambda: lambda x: torch.mul(x, torch.sigmoid(F.adaptive_avg_pool2d(x, 1))),
    "sub": lambda: lambda x: x - 0.5,
    "rsub": lambda: lambda x: torch.rsub(x, 2.0),
    "div": lambda: lambda x: x / 6,
    "neg": lambda: lambda x: -x,
    "clamp": lambda: lambda x: x.clamp(-0.5, 1.0),
    "ReLU": nn.ReLU,
    "ReLU6": nn.ReLU6,
    "LeakyReLU": nn.LeakyReLU,
    "ELU": nn.ELU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "Hardswish": nn.Hardswish,
    "Hardsigmoid": nn.Hardsigmoid,
    "Hardtanh": nn.Hardtanh,
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "Softplus": nn.Softplus,
    "Softmax": lambda: nn.Softmax(dim=1),
    "softmax": lambda: lambda x: x.softmax(-3),
    "relu": lambda: lambda x: x.relu(),
    "relu6": lambda: F.relu6,
    "leaky_relu": lambda: F.leaky_relu,
    "elu": lambda: F.elu,
    "gelu": lambda: F.gelu,
    "silu": lambda: F.silu,
    "hardswish": lambda: F.hardswish,
    "hardsigmoid": lambda: F.hardsigmoid,
    "hardtanh": lambda: F.hardtanh,
    "sigmoid": lambda: torch.sigmoid,
    "tanh": lambda: torch.tanh,
    "softplus": lambda: F.softplus,
    "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d(1),
    "adaptive_avg_pool2d": lambda: partial(F.adaptive_avg_pool2d, output_size=2),
    "mean": lambda: lambda x: x.mean((2, 3), keepdim=True),
    "AvgPool2d": lambda: nn.AvgPool2d(2),
    "avg_pool2d": lambda: partial(F.avg_pool2d, kernel_size=2),
    "MaxPool2d": lambda: nn.MaxPool2d(2),
    "max_pool2d": lambda: partial(F.max_pool2d, kernel_size=2),
    "cat": lambda: lambda x: torch.cat([x, F.relu(x)], 1),
    "concat": lambda: lambda x: torch.concat([x, F.relu(x)], 1),
    "concatenate": lambda: lambda x: torch.concatenate([x, F.relu(x)], 1),
    "ConstantPad2d": lambda: nn.ConstantPad2d(1, 0.0),
    "ZeroPad2d": lambda: nn.ZeroPad2d(1),
    "pad": lambda: partial(F.pad, pad=(1, 0, 2, 0)),
    "getitem": lambda: lambda x: x[:, :, 1:, :-1],
    "Upsample": lambda: nn.Upsample(scale_factor=2),
    "UpsamplingNearest2d": lambda: nn.UpsamplingNearest2d(scale_factor=2),
    "interpolate": lambda: partial(F.interpolate, scale_factor=2),
    "Identity": nn.Identity,
    "clone": lambda: lambda x: x.clone(),
    "contiguous": lambda: lambda x: x.contiguous(),
    "detach": lambda: lambda x: x.detach(),
    "float": lambda: lambda x: x.float(),
    "to": lambda: lambda x: x.to(torch.float32),
    # Without effect, so that the gradients are those of autograd.
    "Dropout": lambda: nn.Dropout(0.0),
    "Dropout2d": lambda: nn.Dropout2d(0.0),
    "AlphaDropout": lambda: nn.AlphaDropout(0.0),
    "FeatureAlphaDropout": lambda: nn.FeatureAlphaDropout(0.0),
    "dropout": lambda: partial(F.dropout, p=0.0),
    "dropout2d": lambda: partial(F.dropout2d, p=0.0),
    "alpha_dropout": lambda: partial(F.alpha_dropout, p=0.0, training=True),
    "feature_alpha_dropout": lambda: partial(F.feature_alpha_dropout, p=0.0, training=True),
    "Flatten": nn.Flatten,
    "flatten": lambda: lambda x: x.flatten(1),
    "view": lambda: lambda x: x.mean((2, 3)).view(x.shape[0], -1, 1, 1),
    "reshape": lambda: lambda x: x.mean((2, 3), True).reshape(x.size(0), x.size(1), 1),
    "squeeze": lambda: lambda x: F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(2),
    "unsqueeze": lambda: lambda x: x.mean((2, 3)).unsqueeze(-1),
}
ON_SERIES: dict[str, Callable[[], Use]] = {
    "Conv1d": lambda: nn.Conv1d(CHANNELS, 5, 3, padding=1),
    "BatchNorm1d": lambda: nn.BatchNorm1d(CHANNELS),
    "AdaptiveAvgPool1d": lambda: nn.AdaptiveAvgPool1d(1),
    "adaptive_avg_pool1d": lambda: partial(F.adaptive_avg_pool1d, output_size=1),
    "AvgPool1d": lambda: nn.AvgPool1d(2),
    "avg_pool1d": lambda: partial(F.avg_pool1d, kernel_size=2),
    "MaxPool1d": lambda: nn.MaxPool1d(2),
    "max_pool1d": lambda: partial(F.max_pool1d, kernel_size=2),
    "ConstantPad1d": lambda: nn.ConstantPad1d(1, 0.0),
    "ZeroPad1d": lambda: nn.ZeroPad1d(1),
    "Dropout1d": lambda: nn.Dropout1d(0.0),
    "dropout1d": lambda: partial(F.dropout1d, p=0.0),
    "RandomKernels": lambda: clear_kernels(),
}
ON_VECTORS: dict[str, Callable[[], Use]] = {
    "Linear": lambda: nn.Linear(CHANNELS, 5),
    "Unflatten": lambda: nn.Unflatten(1, (-1, 1, 1)),
    "unflatten": lambda: partial(torch.unflatten, dim=1, sizes=(-1, 1)),
}
EXAMPLES: dict[str, Callable[[], Around]] = {
    **{name: partial(Around, make, IMAGE, False) for name, make in IMAGES.items()},
    **{name: partial(Around, make, SERIES, False) for name, make in ON_SERIES.items()},
    **{name: partial(Around, make, IMAGE, True) for name, make in ON_VECTORS.items()},
}


def clear_kernels() -> RandomKernels:
    """Features whose thresholds are far from any result, so that rounding the input is harmless."""
    features = {
        "kernel": np.arange(5),
        "dilation": np.array([1, 1, 1, 2, 2]),
        "padded": np.ones(5),
        "channels": np.ones((5, CHANNELS)),
        "threshold": np.array([-1e3, 1e3, -1e3, 1e3, -1e3]),
        "mean": np.full(5, 4),
        "gain": np.full(5, 0.125),
    }
    return RandomKernels(features, 2, 2)


COMPILED = ("BatchNorm2d", "ReLU", "Hardsigmoid", "Hardswish", "AdaptiveAvgPool2d", "Linear")
"""Calls after which the whole example has C steps."""

NAMES = [name for record in TORCH_CALLS for name in record.names]
every_name = pytest.mark.parametrize("name", NAMES)
every_op = pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)


def example(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """A network around a call, and the shape of its input."""
    assert name in EXAMPLES, f"{name}: add a use of it to EXAMPLES"
    torch.manual_seed(0)
    module = EXAMPLES[name]()
    assert isinstance(module.stem, nn.Conv1d | nn.Conv2d)
    return module, IMAGE if module.stem.weight.ndim == 4 else SERIES


def cases(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(32, *shape)).astype(np.float32)


def quantized(name: str) -> tuple[nn.Module, Graph, NDArray[np.float32]]:
    module, shape = example(name)
    x = cases(shape)
    graph = lower(*trace(module, shape), shape)
    seen = observe(module.eval(), x, graph.shapes())
    return module, quantize(graph, {key: (one.low, one.high) for key, one in seen.items()}), x


def test_every_name_has_one_record() -> None:
    assert len(set(NAMES)) == len(NAMES)
    keys = [record.key for record in TORCH_CALLS]
    assert len(set(keys)) == len(keys)
    assert set(STEPS) <= set(keys)
    assert set(EXAMPLES) == set(NAMES)


@pytest.mark.parametrize("record", TORCH_CALLS, ids=lambda record: record.key)
def test_a_record_agrees_with_its_operators(record: TorchCall) -> None:
    assert (record.role is Role.OPERATOR) == bool(record.ops)
    owners = {ChannelFlow.CONVOLUTION, ChannelFlow.LINEAR}
    for op in record.ops:
        assert op.channels is not ChannelRule.OWN or record.flow in owners


@every_name
def test_the_example_uses_the_call(name: str) -> None:
    module, shape = example(name)
    calls, _ = trace(module, shape)
    targets = {call.target for call in calls}
    # A view or reshape to a vector is a flatten.
    assert name in targets or (name == "view" and "flatten" in targets)


@every_name
def test_pruning_follows_the_channels(name: str) -> None:
    module, shape = example(name)
    plan = plan_from_module(module, shape)
    assert plan.widths["stem"] == CHANNELS
    predicted = lower(*trace(module, shape), shape).resized(plan.layer_channels({"stem": 2}))
    smaller = prune(module, plan, {"stem": np.array([1, 4])})
    assert smaller.widths["stem"] == 2
    assert lower(*trace(module, shape), shape).shapes() == predicted.shapes()
    assert module(torch.rand(4, *shape)).shape == (4, CLASSES)


@every_name
def test_training_equals_autograd(name: str) -> None:
    module, shape = example(name)
    x = torch.randn(7, *shape)
    output = module.train()(x)
    direction = torch.randn_like(output)
    torch.autograd.backward(output, direction)
    expected = {path: p.grad for path, p in module.named_parameters()}
    FlatSGD(module, 0.9, 0.0)
    traced = TracedCalls.from_graph(module, symbolic(module))
    program = Program.from_calls(traced, shape, len(x))
    assert (program is not None) == (name in COMPILED and kernels() is not None)
    runs: list[Tape | Program] = [Tape(traced)]
    if program is not None:
        runs.append(program)
    for steps in runs:
        module.zero_grad(set_to_none=False)
        with torch.inference_mode():
            torch.testing.assert_close(steps.forward(x), output, rtol=1e-4, atol=1e-5)
            steps.backward(direction)
        for path, parameter in module.named_parameters():
            # Autograd has no gradient for a parameter before `detach`; here it is zero.
            gradient = expected[path]
            wanted = torch.zeros_like(parameter) if gradient is None else gradient
            torch.testing.assert_close(parameter.grad, wanted, rtol=1e-4, atol=1e-4)


@every_name
def test_the_integer_network_follows_the_float_one(name: str) -> None:
    module, graph, x = quantized(name)
    planes = x[:, :, None] if x.ndim == 3 else x
    integers = to_int8(planes.transpose(0, 2, 3, 1), graph.quants[graph.input])
    output = graph.quants[graph.output]
    got = (interpreter.run(graph, integers).reshape(len(x), -1) - float(output.zero_point)) * (
        output.scale
    )
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy()
    assert np.abs(got - wanted).max() <= STEPS_OFF * output.scale


@every_name
def test_it_is_exported_unless_declared_not_supported(name: str) -> None:
    _, graph, _ = quantized(name)
    used = {type(node.op) for node in graph.nodes}
    if used.isdisjoint(onnx_writers.NOT_SUPPORTED):
        pytest.importorskip("onnx", reason="onnx is not installed")
        assert to_onnx(graph, "0", {})
    if used.isdisjoint(tflite_writers.NOT_SUPPORTED):
        pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
        assert to_tflite(graph, "")


@every_op
@pytest.mark.parametrize("writers", [onnx_writers, tflite_writers], ids=["onnx", "tflite"])
def test_a_missing_writer_is_declared(op: type[Op], writers: object) -> None:
    module = onnx_writers if writers is onnx_writers else tflite_writers
    declared = op in module.NOT_SUPPORTED
    assert module.has_writer(op) is not declared, (
        f"{op.kind}: register a writer in {module.__name__}, or give the reason why there is none "
        "in its NOT_SUPPORTED"
    )


def test_what_is_not_supported_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph("x", (1, 1, 2), (Node("op", Overwrite(), ("x",)),))
    graph = replace(graph, quants=dict.fromkeys(("x", "op"), Quant(0.1, 0)))
    message = "overwrite 'op': cannot be written as .*: it is made up; choose another format"
    for writers in (onnx_writers, tflite_writers):
        monkeypatch.setattr(writers, "NOT_SUPPORTED", {Overwrite: "it is made up"})
    with pytest.raises(UnsupportedLayerError, match=message):
        to_onnx(graph, "0", {})
    with pytest.raises(UnsupportedLayerError, match=message):
        to_tflite(graph, "")
