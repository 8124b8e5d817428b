"""Merges pairs of nodes of a lowered graph."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

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
    """Merge pairs of nodes until no rule applies; only the second node may read the first.

    Args:
        graph: A float graph.
        keep: Tensors that must stay because they are rounded to int8.
    """
    while True:
        fewer = reduce(lambda merged, rule: _once(merged, rule, keep), RULES, graph)
        if len(fewer.nodes) == len(graph.nodes):
            return graph
        graph = fewer


def _with_norm(first: Node, last: Node) -> Node | None:
    """Scale the filters of a layer by the batch norm after it."""
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
    arrays = {"weight": weight * gain, "bias": bias}
    if "scale" in first.arrays:
        # Integers that another tool chose stay the same, or change their signs with the gain.
        magnitude = np.abs(last.arrays["weight"].astype(np.float64))
        arrays["scale"] = first.arrays["scale"] * np.where(magnitude > 0, magnitude, 1)
    return replace(merged, arrays=arrays)


def _with_activation(first: Node, last: Node) -> Node | None:
    """Let an operator clamp its output instead of a ReLU after it."""
    if not isinstance(last.op, Table) or last.op.before or last.op.function not in CLAMPS:
        return None
    if getattr(first.op, "activation", "") != "none":
        return None
    return _merged(first, last, _changed(first.op, activation=last.op.function))


def _with_table(first: Node, last: Node) -> Node | None:
    """Look two functions up at once, without the rounding between them."""
    if not (isinstance(first.op, Table) and isinstance(last.op, Table)):
        return None
    return _merged(first, last, replace(last.op, before=first.op))


def _with_padding(first: Node, last: Node) -> Node | None:
    """Let a window read zeros beyond the edges instead of a padded copy of its input.

    A convolution whose output is cut afterwards, as causal ones often are, pads less instead.
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
    """The window with more padding, or None if padding would be negative or exceed the kernel."""
    top, bottom, left, right = (own + more for own, more in zip(window.padding, edges, strict=True))
    down, across = (
        step * (taps - 1) for step, taps in zip(window.dilation, window.kernel, strict=True)
    )
    fits = max(top, bottom) <= down and max(left, right) <= across
    if min(top, bottom, left, right) < 0 or not fits:
        return None
    return replace(window, padding=(top, bottom, left, right))


def _changed(op: Op, **changes: Any) -> Op:
    # The operators that this is called with have these fields; the base class has not.
    return replace(op, **changes)  # type: ignore[type-var]


def _merged(first: Node, last: Node, op: Op) -> Node:
    """The first node under the name of the last, whose range is observed."""
    return replace(first, name=last.name, op=op)


RULES: tuple[Callable[[Node, Node], Node | None], ...] = (
    _with_norm,
    _with_activation,
    _with_padding,
    _with_table,
)


def _once(graph: Graph, rule: Callable[[Node, Node], Node | None], keep: Collection[str]) -> Graph:
    """Apply one rule to every pair of nodes."""
    readers = Counter(name for node in graph.nodes for name in node.inputs)
    readers.update(keep)  # counts as one more reader each
    merged: dict[str, Node] = {}
    for node in graph.nodes:
        first = merged.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if first and readers[first.name] == 1 and (both := rule(first, node)):
            del merged[first.name]
            merged[both.name] = both
        else:
            merged[node.name] = node
    return replace(graph, nodes=tuple(merged.values()))
