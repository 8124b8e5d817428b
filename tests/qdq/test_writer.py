import sys

import numpy as np
import pytest
from integer_networks import random_inputs, random_network

from tinypareto.errors import ToolchainError
from tinypareto.qdq.compare import agreement
from tinypareto.qdq.library import onnx as the_library
from tinypareto.qdq.writer import to_onnx

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


@pytest.mark.parametrize("seed", range(12))
def test_whole_networks_agree(seed: int) -> None:
    graph = random_network(seed)
    model = to_onnx(graph, "1.2", {})
    found = agreement(graph, model, random_inputs(graph, 16, seed), optimize=False)
    # A step of an early layer can become several in a later one of a made-up network.
    assert found.different <= 0.1 * found.outputs


def test_weights_are_the_graphs_integers() -> None:
    graph = random_network(0)
    model = onnx.load_from_string(to_onnx(graph, "1.2", {"note": "said"}))
    stored = {array.name: onnx.numpy_helper.to_array(array) for array in model.graph.initializer}
    for node in graph.nodes:
        if node.op.kind == "conv2d":
            kept = stored[f"{node.name}/weight/int"]
            assert kept.dtype == np.int8
            assert (kept == node.arrays["weight"].transpose(0, 3, 1, 2)).all()
    assert model.producer_version == "1.2"
    assert {prop.key: prop.value for prop in model.metadata_props} == {"note": "said"}


def test_the_same_graph_gives_the_same_bytes() -> None:
    graph = random_network(1)
    assert to_onnx(graph, "0", {}) == to_onnx(graph, "0", {})


def test_without_onnx_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ToolchainError, match=r"pip install 'tinypareto\[onnx\]'"):
        the_library()
