"""Structures with the same layers as one, so that their costs are computed at once."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node


def stacked(graphs: Sequence[Graph], at: NDArray[np.int64]) -> Graph:
    """One structure in which every number that differs is an array (n,).

    What an operator computes from its numbers by arithmetic alone, such as shapes and costs, then
    holds for n networks.

    Args:
        graphs: Structures whose nodes have the same names, operators and inputs, at least one.
        at: Index of the structure of each of the n networks, shape (n,).

    Returns:
        The structure, without arrays of weights.
    """
    first = graphs[0]
    if len(graphs) == 1:
        return first
    columns = zip(*(graph.nodes for graph in graphs), strict=True)
    nodes = tuple(
        Node(
            nodes[0].name,
            _stacked([n.op for n in nodes], at),
            nodes[0].inputs,
            layer=nodes[0].layer,
        )
        for nodes in columns
    )
    return Graph(first.input, first.input_shape, nodes)


def _stacked(values: Sequence[Any], at: NDArray[np.int64]) -> Any:
    """The value, with arrays in place of the integers in it that differ."""
    first = values[0]
    if all(value == first for value in values):
        return first
    if isinstance(first, int):
        return np.array(values)[at]
    if isinstance(first, tuple):
        return tuple(_stacked(part, at) for part in zip(*values, strict=True))
    assert is_dataclass(first)
    assert not isinstance(first, type)
    names = [field.name for field in fields(first)]
    parts = {name: _stacked([getattr(value, name) for value in values], at) for name in names}
    return replace(first, **parts)
