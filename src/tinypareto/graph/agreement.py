"""Comparison of a network's outputs, and of each of its layers, with those of another runtime.

Comparing only the outputs of a network cannot tell an error from rounding: a step of an early layer
can become several in a later one. So each layer gets the integers that the other runtime computed
for its inputs, and its own result may then differ by as much as a single rounding explains.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node

Int8 = NDArray[np.int8]


@dataclass(frozen=True)
class Agreement:
    """Comparison of two sets of outputs for the same inputs.

    Attributes:
        outputs: Number of values that were compared.
        different: Number of values that are not equal.
        largest: Largest difference, in int8 steps.
        cases: Number of inputs.
        same_class: Number of inputs whose largest output is the same one.
    """

    outputs: int
    different: int
    largest: int
    cases: int
    same_class: int


@dataclass(frozen=True)
class LayerDifference:
    """A layer whose results differ from another runtime's by more than rounding explains.

    Attributes:
        kind: Kind of its operator.
        layer: Name of the layer in the model.
        steps: Largest difference, in int8 steps.
        allowed: Largest difference that rounding explains.
        runtime: Name of the other runtime.
    """

    kind: str
    layer: str
    steps: int
    allowed: int
    runtime: str

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.layer!r}: got results that differ from {self.runtime}'s by up to "
            f"{self.steps} int8 steps on the same inputs, wanted at most {self.allowed}; do not "
            "use this model's C, and report the model as a bug"
        )


def compared(expected: Int8, outputs: Int8) -> Agreement:
    """Compare two sets of outputs, int8 [n, features]."""
    steps = np.abs(expected.astype(np.int64) - outputs)
    same = expected.argmax(1) == outputs.argmax(1)
    return Agreement(
        steps.size, int((steps > 0).sum()), int(steps.max()), len(expected), int(same.sum())
    )


def first_difference(
    graph: Graph,
    x: Int8,
    expected: Mapping[str, Int8],
    output: Int8,
    runtime: str,
    allowed: Callable[[Node], int],
) -> LayerDifference | None:
    """Find the first layer that another runtime computes differently.

    Args:
        graph: A quantized graph.
        x: Quantized inputs, int8 [n, height, width, channels].
        expected: The other runtime's results by node, int8 [n, height, width, channels]; nodes may
            be missing.
        output: The other runtime's outputs, of the shape of the last node's.
        runtime: Name of the other runtime.
        allowed: Number of int8 steps by which the result of a node may differ.

    Returns:
        The first such layer in execution order, or None if there is none.
    """

    def difference(node: Node, found: Int8, wanted: Int8) -> LayerDifference | None:
        steps, most = int(np.abs(found.astype(np.int64) - wanted).max(initial=0)), allowed(node)
        too_far = LayerDifference(node.op.kind, node.layer, steps, most, runtime)
        return too_far if steps > most else None

    known = {graph.input: x}
    for node in graph.nodes:
        inputs = (known[name] for name in node.inputs)
        found = node.op.run(node.arrays, node.scalars, *inputs)
        known[node.name] = expected.get(node.name, found)
        if problem := difference(node, found, known[node.name]):
            return problem
    return difference(graph.nodes[-1], known[graph.output], output)
