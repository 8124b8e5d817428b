"""Merges groups of ONNX nodes that compute one function."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tinypareto.qdq.model import OnnxNode


def merge_silu(nodes: Sequence[OnnxNode]) -> tuple[OnnxNode, ...]:
    """Merge x * Sigmoid(x) into one node `Silu`, unless the sigmoid is quantized in between."""
    readers = Counter(name for node in nodes for name in node.inputs)
    sigmoids = {
        node.output: node for node in nodes if node.kind == "Sigmoid" and readers[node.output] == 1
    }
    merged, removed = [], set()
    for node in nodes:
        gates = [name for name in node.inputs if name in sigmoids and node.kind == "Mul"]
        if gates and set(node.inputs) == {gates[0], *sigmoids[gates[0]].inputs}:
            removed.add(gates[0])
            node = replace(node, kind="Silu", inputs=sigmoids[gates[0]].inputs)
        merged.append(node)
    return tuple(node for node in merged if node.output not in removed)
