"""Every operator of the registry as QDQ nodes, run by ONNX Runtime."""

import pytest
from integer_networks import example_network, random_inputs

from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.step_average_pool import StepAveragePool
from tinypareto.qdq.compare import agreement
from tinypareto.qdq.write_ops import NOT_SUPPORTED
from tinypareto.qdq.writer import to_onnx

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


@pytest.mark.parametrize("optimize", [False, True], ids=["plain", "fused"])
@pytest.mark.parametrize(
    "op", [op for op in OPS if op not in NOT_SUPPORTED], ids=lambda op: op.kind
)
def test_onnx_runtime_agrees_to_one_step(op: type[Op], optimize: bool) -> None:
    for seed in range(6):
        graph = example_network(op, seed)
        found = agreement(graph, to_onnx(graph, "0", {}), random_inputs(graph, 8, seed), optimize)
        assert found.largest <= 1
        # A mean in steps rounds its halves, which are frequent, as only TensorFlow Lite does.
        if not optimize and op is not StepAveragePool:
            assert found.different <= 0.02 * found.outputs + 1
