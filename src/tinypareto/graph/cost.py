"""Exact ROM, RAM and FLOPs of a network from its shapes alone, for one or n networks at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import arena_bytes
from tinypareto.graph.op import Dim, Shape
from tinypareto.resources import Resources


@dataclass(frozen=True)
class LayerCost:
    """Cost of one node; the numbers are arrays (n,) if n networks are costed at once.

    Attributes:
        layer: Name of the layer that owns the weights.
        kind: Name of the operator.
        shape: (height, width, channels) of the output.
        macs: Multiply-accumulates of one inference.
        rom_bytes: Bytes of the node's constants.
    """

    layer: str
    kind: str
    shape: Shape
    macs: Dim
    rom_bytes: Dim


def layer_costs(graph: Graph) -> list[LayerCost]:
    """Compute the cost of every node, in the order of the graph."""
    shapes = graph.shapes()
    rows = []
    for node in graph.nodes:
        inputs = [shapes[name] for name in node.inputs]
        op = node.op
        rows.append(
            LayerCost(
                node.layer, op.kind, shapes[node.name], op.macs(*inputs), op.constant_bytes(*inputs)
            )
        )
    return rows


def macs(graph: Graph) -> Dim:
    """Count the multiply-accumulates of one inference."""
    return sum(row.macs for row in layer_costs(graph))


def flops(graph: Graph) -> Dim:
    """Count the FLOPs of one inference, two per multiply-accumulate."""
    return 2 * macs(graph)


def rom_bytes(graph: Graph) -> Dim:
    """Count the bytes of all constants, which follow from the shapes alone (code excluded)."""
    return sum(row.rom_bytes for row in layer_costs(graph))


def emitted_rom_bytes(graph: Graph) -> int:
    """Count the bytes of the constants that a quantized graph holds; equal to `rom_bytes`."""
    return sum(array.nbytes for node in graph.nodes for array in node.arrays.values())


def scratch_bytes(graph: Graph) -> int:
    """Largest number of bytes that the buffers of one kernel take on the stack."""
    shapes = graph.shapes()
    return max(
        node.op.scratch_bytes(*(shapes[name] for name in node.inputs)) for node in graph.nodes
    )


def resources_array(graph: Graph) -> NDArray[np.int64]:
    """Compute ROM bytes, RAM bytes and FLOPs of n networks.

    Args:
        graph: A graph whose channel counts may be arrays (n,); n = 1 if none is.

    Returns:
        int64, shape (n, 3).
    """
    columns = np.broadcast_arrays(
        *(np.atleast_1d(cost(graph)) for cost in (rom_bytes, arena_bytes, flops))
    )
    return np.stack(columns, axis=1).astype(np.int64)


def resources(graph: Graph) -> Resources:
    """Compute ROM, RAM and FLOPs of one network."""
    ((rom, ram, flop_count),) = resources_array(graph).tolist()
    return Resources(rom, ram, flop_count)
