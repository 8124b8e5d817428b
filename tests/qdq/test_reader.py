from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from integer_networks import example_network, random_inputs

from tinypareto.errors import TinyparetoError, UnsupportedLayerError
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.step_average_pool import StepAveragePool
from tinypareto.qdq.compare import agreement
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import read
from tinypareto.qdq.write_ops import NOT_SUPPORTED
from tinypareto.qdq.writer import to_onnx

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
from foreign_models import (
    Builder,
    image_network,
    quantized,
    series_network,
    softmax_network,
)
from onnxruntime.quantization import QuantType


def read_back(graph: Graph, folder: Path) -> Graph:
    (folder / "model.onnx").write_bytes(to_onnx(graph, "0", {}))
    return read(load_model(folder / "model.onnx"))


@pytest.mark.parametrize(
    "op", [op for op in OPS if op not in NOT_SUPPORTED], ids=lambda op: op.kind
)
def test_what_is_written_is_read_back(op: type[Op], tmp_path: Path) -> None:
    for seed in range(6):
        graph = example_network(op, seed)
        x = random_inputs(graph, 8, seed)
        again = read_back(graph, tmp_path)
        found, wanted = interpreter.run(again, x).astype(int), interpreter.run(graph, x).astype(int)
        # ONNX rounds the halves of an average in another way.
        share = 0.8 if op is StepAveragePool else 0.99
        assert np.abs(found - wanted).max() <= (1 if op is StepAveragePool else 255)
        assert (found == wanted).mean() > share


@pytest.mark.parametrize("network", [image_network, series_network], ids=["image", "series"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"per_channel": False},
        {"activation_type": QuantType.QUInt8},
        {"extra_options": {"ActivationSymmetric": True}},
    ],
    ids=["per_channel", "per_tensor", "uint8", "symmetric"],
)
def test_what_onnx_runtime_quantized_runs_alike(
    network: Callable[[], Builder], options: dict[str, Any], tmp_path: Path
) -> None:
    build = network()
    classes = 4 if len(build.shape) == 3 else 3
    model = load_model(quantized(build, tmp_path, classes, **options))
    graph = read(model)
    x = random_inputs(graph, 64, 0)
    found = agreement(graph, model.content, x, optimize=False)
    assert found.largest <= 1
    assert found.different <= 0.02 * found.outputs
    assert found.same_class >= 0.95 * found.cases


@pytest.mark.parametrize("over_pixels", [False, True])
@pytest.mark.parametrize("kind", [QuantType.QInt8, QuantType.QUInt8], ids=["int8", "uint8"])
def test_a_softmax_runs_alike(kind: QuantType, over_pixels: bool, tmp_path: Path) -> None:
    build = softmax_network(over_pixels)
    model = load_model(quantized(build, tmp_path, 4, activation_type=kind))
    graph = read(model)
    found = agreement(graph, model.content, random_inputs(graph, 64, 0), optimize=False)
    assert found.largest <= 1
    assert found.same_class >= 0.95 * found.cases


def test_an_old_softmax_over_all_pixels_is_refused(tmp_path: Path) -> None:
    build = softmax_network(over_pixels=True)
    build.opset = 12
    model = load_model(quantized(build, tmp_path, 4, per_channel=False))
    with pytest.raises(UnsupportedLayerError, match=r"Softmax '.*before opset 13"):
        read(model)


@pytest.mark.parametrize("network", [image_network, series_network], ids=["image", "series"])
def test_a_damaged_model_gives_an_error_of_ours(
    network: Callable[[], Builder], tmp_path: Path
) -> None:
    build = network()
    path = quantized(build, tmp_path, 4 if len(build.shape) == 3 else 3)
    whole, refused = onnx.load(path), 0
    for seed in range(80):
        model = onnx.ModelProto()
        model.CopyFrom(whole)
        damage(model, np.random.default_rng(seed))
        (tmp_path / "damaged.onnx").write_bytes(model.SerializeToString())
        try:
            graph = read(load_model(tmp_path / "damaged.onnx"))
            interpreter.run(graph, random_inputs(graph, 1, 0))
        except TinyparetoError:
            refused += 1
    assert refused > 20


def damage(model: Any, rng: np.random.Generator) -> None:
    """Change one thing at random."""
    nodes, constants = model.graph.node, model.graph.initializer
    node = nodes[int(rng.integers(len(nodes)))]
    kind = int(rng.integers(6))
    if kind == 0:
        nodes.remove(node)
    elif kind == 1 and node.attribute:
        node.attribute.remove(node.attribute[0])
    elif kind == 2:
        node.input[int(rng.integers(len(node.input)))] = constants[0].name
    elif kind == 3:
        del node.input[-1]
    elif kind == 4:
        array = constants[int(rng.integers(len(constants)))]
        values = onnx.numpy_helper.to_array(array)
        wrong = rng.choice([0, -1, 100]) * np.ones_like(values)
        array.CopyFrom(onnx.numpy_helper.from_array(wrong.astype(values.dtype), array.name))
    else:
        for attribute in node.attribute:
            attribute.ints[:] = [int(rng.choice([-1, 0, 7])) for _ in attribute.ints]
