from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from networks import Mix, networks

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory import ordering
from tinypareto.graph.memory.liveness import buffers
from tinypareto.graph.memory.ordering import best_orders, least_peaks
from tinypareto.graph.memory.plan import plan


def possible(graph: Graph, order: tuple[int, ...]) -> bool:
    made = {graph.input}
    for node in (graph.nodes[at] for at in order):
        if not made.issuperset(node.inputs):
            return False
        made.add(node.name)
    return True


@settings(max_examples=60)
@given(networks())
def test_no_order_has_a_lower_peak(graphs: list[Graph]) -> None:
    graph = graphs[0]
    if len(graph.nodes) > 6:
        return
    orders = [o for o in permutations(range(len(graph.nodes))) if possible(graph, o)]
    peaks = [int(buffers(graph, order).peaks()[0]) for order in orders]
    assert least_peaks(graph).tolist() == [min(peaks)]
    ((chosen, _),) = best_orders(graph)
    assert peaks[orders.index(chosen)] == min(peaks)


@given(networks(candidates=4))
def test_the_order_of_each_network_is_that_of_it_alone(graphs: list[Graph]) -> None:
    *single, together = graphs
    found = {int(row): order for order, rows in best_orders(together) for row in rows}
    if len(found) < len(single):
        return  # no channel count is an array
    for row, graph in enumerate(single):
        assert best_orders(graph)[0][0] == found[row]


@given(networks())
def test_a_good_order_stays_as_written(graphs: list[Graph]) -> None:
    graph = graphs[0]
    written = tuple(range(len(graph.nodes)))
    ((chosen, _),) = best_orders(graph)
    if (buffers(graph, written).peaks() == least_peaks(graph)).all():
        assert chosen == written


def branches() -> Graph:
    """Two branches that shrink at their ends; written step by step of both."""
    nodes = (
        Node("wide1", Mix(30), ("x",)),
        Node("wide2", Mix(30), ("x",)),
        Node("thin1", Mix(1), ("wide1",)),
        Node("thin2", Mix(1), ("wide2",)),
        Node("y", Mix(1), ("thin1", "thin2")),
    )
    return Graph("x", (1, 1, 4), nodes)


def test_branches_run_one_after_the_other() -> None:
    assert plan(branches()).order == (0, 2, 1, 3, 4)
    assert plan(branches()).arena_bytes == 4 + 32 + 4


@given(networks(candidates=3))
def test_few_states_still_give_an_order_no_worse_than_written(graphs: list[Graph]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "STATES", 1)
        for graph in graphs:
            peaks = np.broadcast_to(least_peaks(graph), 3)
            for order, rows in best_orders(graph):
                assert possible(graph, order)
                made = np.broadcast_to(buffers(graph, order).peaks(), 3)
                written = np.broadcast_to(buffers(graph, tuple(sorted(order))).peaks(), 3)
                assert (made[rows] == peaks[rows]).all()
                assert (made[rows] <= written[rows]).all()
