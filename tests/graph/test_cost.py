import numpy as np
from hypothesis import given
from networks import Mix, Overwrite, networks

from tinypareto.graph.cost import flops, layer_costs, macs, resources, resources_array, rom_bytes
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory.plan import plan
from tinypareto.resources import Resources


def test_costs_of_a_small_network_by_hand() -> None:
    nodes = (Node("a", Mix(5), ("x",)), Node("b", Overwrite(), ("a",)), Node("c", Mix(2), ("b",)))
    graph = Graph("x", (2, 3, 4), nodes)
    assert macs(graph) == 6 * (4 * 5 + 5 * 2)
    assert rom_bytes(graph) == 4 * 5 + 5 * 2
    assert resources(graph) == Resources(30, 24 + 32, 2 * 180)
    assert [(row.layer, row.kind, row.shape) for row in layer_costs(graph)] == [
        ("a", "mix", (2, 3, 5)),
        ("b", "overwrite", (2, 3, 5)),
        ("c", "mix", (2, 3, 2)),
    ]


@given(networks(candidates=4))
def test_many_networks_at_once_equal_one_by_one(graphs: list[Graph]) -> None:
    *single, together = graphs
    rows = np.broadcast_to(resources_array(together), (len(single), 3))
    for row, graph in zip(rows.tolist(), single, strict=True):
        assert row == [rom_bytes(graph), plan(graph).arena_bytes, flops(graph)]
