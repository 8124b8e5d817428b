"""Layers and memory plans of all networks of a search, computed from their numbers of filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.graph.cost import layer_costs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.liveness import Buffers, buffers
from tinypareto.graph.memory.plan import Plan, plans
from tinypareto.graph.op import ChannelRule


@dataclass(frozen=True)
class Networks:
    """Networks of one structure, as values of JSON.

    Attributes:
        layers: For each node: "layer", "kind", "height" and "width" of its output, and "filters" of
            the unpruned network (None if the node does not decide them itself).
        orders: For each order of execution that occurs: "steps" (index of the node that each step
            computes) and "buffers", each with the "tensors" that share the memory and the "first"
            and "last" step at which it is live.
        rows: For each network: "channels", "macs" and "weights" (bytes of constants) by node,
            "order" (index into `orders`), "offsets" and "sizes" (bytes) by buffer, and "arena"
            (bytes).
    """

    layers: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def describe(cost_model: CostModel, channels: Sequence[Mapping[str, int]]) -> Networks:
    """Compute the costs and memory plans of all networks at once.

    Args:
        cost_model: Cost model of the search.
        channels: Filters that are left, by prunable layer, for each network; at least one network.
    """
    counts = {
        layer: np.array([filters.get(layer, width) for filters in channels])
        for layer, width in cost_model.plan.widths.items()
    }
    graph = cost_model.structure.resized(cost_model.plan.layer_channels(counts))
    orders: dict[tuple[int, ...], tuple[int, Buffers]] = {}
    planned = plans(graph)
    # A network without prunable layers has a single plan, which holds for every trial.
    planned = planned * (len(channels) // len(planned))
    for plan in planned:
        if plan.order not in orders:
            orders[plan.order] = (len(orders), buffers(graph, plan.order))
    costs = _costs(graph, len(channels))
    rows = [
        {**costs[row], **_arena(plan, *orders[plan.order], row)} for row, plan in enumerate(planned)
    ]
    described = [_order(order, pieces) for order, (_, pieces) in orders.items()]
    return Networks(_layers(cost_model.structure), described, rows)


def _layers(structure: Graph) -> list[dict[str, Any]]:
    shapes = structure.shapes()
    return [
        {
            "layer": node.layer,
            "kind": node.op.kind,
            "height": shapes[node.name][0],
            "width": shapes[node.name][1],
            "filters": shapes[node.name][2] if node.op.channels is ChannelRule.OWN else None,
        }
        for node in structure.nodes
    ]


def _costs(graph: Graph, count: int) -> list[dict[str, list[int]]]:
    costs = layer_costs(graph)
    tables = {
        "channels": [cost.shape[2] for cost in costs],
        "macs": [cost.macs for cost in costs],
        "weights": [cost.rom_bytes for cost in costs],
    }
    lists = {
        name: np.stack([np.broadcast_to(c, count) for c in table], axis=1).tolist()
        for name, table in tables.items()
    }
    return [{name: rows[row] for name, rows in lists.items()} for row in range(count)]


def _order(order: tuple[int, ...], pieces: Buffers) -> dict[str, Any]:
    tensors: dict[int, list[str]] = {}
    for name, buffer in pieces.index.items():
        tensors.setdefault(buffer, []).append(name)
    spans = [np.flatnonzero(column) for column in pieces.live.T]
    return {
        "steps": list(order),
        "buffers": [
            {"tensors": tensors[buffer], "first": int(span[0]), "last": int(span[-1])}
            for buffer, span in enumerate(spans)
        ],
    }


def _arena(plan: Plan, order: int, pieces: Buffers, row: int) -> dict[str, Any]:
    offsets = {buffer: plan.offsets[name] for name, buffer in pieces.index.items()}
    sizes = pieces.sizes[min(row, len(pieces.sizes) - 1)]
    return {
        "order": order,
        "offsets": [offsets[buffer] for buffer in range(len(offsets))],
        "sizes": sizes.tolist(),
        "arena": plan.arena_bytes,
    }
