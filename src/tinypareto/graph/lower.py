"""Lowers the calls of a traced network to a float graph of integer operators."""

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.fusion import fuse
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops import op_for, refuse_unknown
from tinypareto.graph.ops.common import unsupported
from tinypareto.graph.passes import (
    Calls,
    drop_identities,
    fold_flatten,
    graph_shape,
    order_factors,
)

PASSES: tuple[Callable[[Calls], Calls], ...] = (
    drop_identities,
    fold_flatten,
    order_factors,
)


def lower(
    calls: Sequence[Call],
    input_name: str,
    input_shape: tuple[int, ...],
    keep: Collection[str] = (),
    scales: Mapping[str, NDArray[Any]] = MappingProxyType({}),
) -> Graph:
    """Rewrite a network with the operators of the registry.

    Args:
        calls: In execution order; the result of the last one is the output.
        input_name: Name of the network's input.
        input_shape: Its shape in torch's layout, without the batch axis.
        keep: Calls whose results must remain tensors of the graph.
        scales: Scale of each filter whose weights are int8 already, shape (filters,), by the layer
            that owns the weights. It becomes the array `scale` of the node.

    Returns:
        The graph with float weights in its own layout. A node has the name of the last call that
        was merged into it, and the layer of the first.

    Raises:
        UnsupportedLayerError: A call has no integer operator, or not with these attributes.
    """
    rewritten = tuple(calls)
    for rewrite in PASSES:
        _check_shapes(rewritten)
        rewritten = rewrite(rewritten)
    refuse_unknown(rewritten)
    graph = Graph(
        input_name, graph_shape(input_shape), tuple(_node(call, scales) for call in rewritten)
    )
    _verify(graph, rewritten)
    return fuse(graph, keep)


def _node(call: Call, scales: Mapping[str, NDArray[Any]]) -> Node:
    op, weights = op_for(call).from_call(call)
    # The second use of a module is named `path:2` and has the weights of `path`.
    layer = (call.layer or call.name).partition(":")[0]
    stored = {"scale": scales[layer]} if layer in scales else {}
    return Node(call.name, op, call.inputs, weights | stored, layer=layer)


def _check_shapes(calls: Calls) -> None:
    if not calls:
        raise UnsupportedLayerError("network: computes nothing; give it at least one layer")
    for call in calls:
        for shape in (*call.input_shapes, call.shape):
            if not 1 <= len(shape) <= 3:
                problem = f"got a tensor of shape {shape}, wanted (C, H, W), (C, L) or (features,)"
                raise unsupported(call.target, call, f"{problem}; reshape before the network")


def _verify(graph: Graph, calls: Calls) -> None:
    """Refuse a graph whose shapes or names differ from those that were traced."""
    known = {graph.input: graph.input_shape}
    for node, call in zip(graph.nodes, calls, strict=True):
        for name, shape in zip(node.inputs, call.input_shapes, strict=True):
            if known.get(name) not in (graph_shape(shape), None):
                problem = f"reads {name!r} as {shape}, which is {known[name]} (height, width, "
                raise unsupported(node.op.kind, call, problem + "channels); keep its shape")
            if name not in known:
                raise unsupported(node.op.kind, call, f"reads the unknown tensor {name!r}")
        known[node.name] = node.op.output_shape(*(known[name] for name in node.inputs))
        if known[node.name] != graph_shape(call.shape):
            problem = f"makes {known[node.name]}, wanted {graph_shape(call.shape)} (height, width, "
            raise unsupported(node.op.kind, call, problem + "channels); use its usual layout")
    read = {name for node in graph.nodes for name in node.inputs} | {graph.output}
    if unread := sorted(set(known) - read):
        names = ", ".join(unread)
        raise UnsupportedLayerError(f"network: never uses the results {names}; remove them")
