from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integer_networks import example_network, random_inputs

from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.qdq.compare import agreement
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import read
from tinypareto.qdq.writer import to_onnx

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from foreign_models import Builder, image_network, quantized, series_network
from onnxruntime.quantization import QuantType


def read_back(graph: Graph, folder: Path) -> Graph:
    (folder / "model.onnx").write_bytes(to_onnx(graph, "0", {}))
    return read(load_model(folder / "model.onnx"))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
def test_what_is_written_is_read_back(op: type[Op], tmp_path: Path) -> None:
    for seed in range(6):
        graph = example_network(op, seed)
        x = random_inputs(graph, 8, seed)
        again = read_back(graph, tmp_path)
        assert (interpreter.run(again, x) == interpreter.run(graph, x)).mean() > 0.99


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
