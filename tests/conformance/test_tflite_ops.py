"""Every operator of the registry as TensorFlow Lite operators, run by LiteRT."""

import sys

import pytest
from integer_networks import example_network, random_inputs

from tinypareto.errors import ToolchainError, UnsupportedLayerError
from tinypareto.graph import interpreter
from tinypareto.graph.agreement import compared
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.tflite.compare import run_tflite
from tinypareto.tflite.write_ops import NOT_SUPPORTED
from tinypareto.tflite.writer import to_tflite

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")


@pytest.mark.parametrize("optimize", [False, True], ids=["reference", "xnnpack"])
@pytest.mark.parametrize(
    "op", [op for op in OPS if op not in NOT_SUPPORTED], ids=lambda op: op.kind
)
def test_litert_agrees_to_one_step(op: type[Op], optimize: bool) -> None:
    for seed in range(6):
        graph = example_network(op, seed)
        if isinstance(graph.nodes[-1].op, MaxPool) and graph.nodes[-1].op.window.dilation != (1, 1):
            with pytest.raises(UnsupportedLayerError, match="has holes"):
                to_tflite(graph, "")
            continue
        x = random_inputs(graph, 8, seed)
        found = compared(interpreter.run(graph, x), run_tflite(to_tflite(graph, ""), x, optimize))
        # What makes the second input of an operator has steps of its own.
        assert found.largest <= (1 if len(graph.nodes) == 1 else 2)


def test_without_litert_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    with pytest.raises(ToolchainError, match=r"pip install 'tinypareto\[tflite\]'"):
        to_tflite(example_network(OPS[0], 0), "")
