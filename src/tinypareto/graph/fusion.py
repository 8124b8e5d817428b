"""Rewrites of a lowered graph that make one node of two."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import reduce
from typing import Any

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.op import Op
from tinypareto.graph.ops.average_pool import AveragePool
from tinypareto.graph.ops.batch_norm import BatchNorm
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.pad import Edges, Pad
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.window import Window

FILTERS = (Conv2d, DepthwiseConv2d, Linear)
CLAMPS = frozenset({"relu", "relu6"})


def fuse(graph: Graph, keep: Collection[str] = ()) -> Graph:
    """Merge pairs of nodes, of which only the second reads the first, until none is left.

    Args:
        graph: A float graph.
        keep: Tensors that stay, because they are rounded to int8 between the two.
    """
    while True:
        fewer = reduce(lambda made, rule: _once(made, rule, keep), RULES, graph)
        if len(fewer.nodes) == len(graph.nodes):
            return graph
        graph = fewer


def _with_norm(first: Node, last: Node) -> Node | None:
    """A batch norm scales the filters before it."""
    if not isinstance(last.op, BatchNorm) or not isinstance(first.op, FILTERS):
        return None
    if first.op.activation != "none":
        return None
    gain, offset = last.arrays["weight"], last.arrays["bias"]
    weight = first.arrays["weight"]
    if not isinstance(first.op, DepthwiseConv2d):
        gain = gain.reshape(-1, *(1,) * (weight.ndim - 1))
    bias = first.arrays["bias"] * last.arrays["weight"] + offset
    merged = _merged(first, last, replace(first.op, activation=last.op.activation))
    return replace(merged, arrays={"weight": weight * gain, "bias": bias})


def _with_activation(first: Node, last: Node) -> Node | None:
    """A ReLU is the clamp of the operator before it, where that has one."""
    if not isinstance(last.op, Table) or last.op.before or last.op.function not in CLAMPS:
        return None
    if getattr(first.op, "activation", "") != "none":
        return None
    return _merged(first, last, _changed(first.op, activation=last.op.function))


def _with_table(first: Node, last: Node) -> Node | None:
    """Two functions are looked up at once, without the rounding between them."""
    if not (isinstance(first.op, Table) and isinstance(last.op, Table)):
        return None
    return _merged(first, last, replace(last.op, before=first.op))


def _with_padding(first: Node, last: Node) -> Node | None:
    """A window reads zeros beyond the edges instead of a padded copy of its input.

    Where a convolution is cut afterwards, as causal ones often are, it pads less instead.
    """
    if isinstance(first.op, Pad) and isinstance(last.op, Conv2d | DepthwiseConv2d | AveragePool):
        if window := _padded(last.op.window, first.op.edges):
            return replace(last, inputs=first.inputs, op=replace(last.op, window=window))
    elif isinstance(first.op, Conv2d | DepthwiseConv2d) and isinstance(last.op, Pad):
        fewer = max(last.op.edges) <= 0 and first.op.window.stride == (1, 1)
        if fewer and (window := _padded(first.op.window, last.op.edges)):
            return _merged(first, last, replace(first.op, window=window))
    return None


def _padded(window: Window, edges: Edges) -> Window | None:
    """The window with more padding; none if a window would lie outside, or padding be negative."""
    top, bottom, left, right = (own + more for own, more in zip(window.padding, edges, strict=True))
    down, across = (
        step * (taps - 1) for step, taps in zip(window.dilation, window.kernel, strict=True)
    )
    fits = max(top, bottom) <= down and max(left, right) <= across
    if min(top, bottom, left, right) < 0 or not fits:
        return None
    return replace(window, padding=(top, bottom, left, right))


def _changed(op: Op, **changes: Any) -> Op:
    # A subclass that has these fields; the base class need not.
    return replace(op, **changes)  # type: ignore[type-var]


def _merged(first: Node, last: Node, op: Op) -> Node:
    """The first node with the name of the last, because ranges are observed there."""
    return replace(first, name=last.name, op=op)


RULES: tuple[Callable[[Node, Node], Node | None], ...] = (
    _with_norm,
    _with_activation,
    _with_padding,
    _with_table,
)


def _once(graph: Graph, rule: Callable[[Node, Node], Node | None], keep: Collection[str]) -> Graph:
    """Merge the pairs that one rule merges."""
    readers = Counter(name for node in graph.nodes for name in node.inputs)
    readers.update(keep)  # as if each had one more
    made: dict[str, Node] = {}
    for node in graph.nodes:
        first = made.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if first and readers[first.name] == 1 and (both := rule(first, node)):
            del made[first.name]
            made[both.name] = both
        else:
            made[node.name] = node
    return replace(graph, nodes=tuple(made.values()))
