import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from networks import Mix, Overwrite, networks

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.plan import (
    arena_bytes,
    buffers,
    conflicts,
    lifetimes,
    peak_bytes,
    plan,
    tensor_bytes,
)


def first_fit_in_execution_order(graph: Graph) -> int:
    """The plain planner of the papers, byte by byte."""
    pieces = buffers(graph)
    together = conflicts(pieces.live)
    taken: list[set[int]] = []
    for index, size in enumerate(pieces.sizes[0]):
        blocked = set[int]().union(*(taken[j] for j in range(index) if together[index, j]))
        offset = 0
        while blocked & set(range(offset, offset + size)):
            offset += 1
        taken.append(set(range(offset, offset + size)))
    return max(max(span) for span in taken) + 1


@given(networks())
def test_live_tensors_never_overlap(graphs: list[Graph]) -> None:
    graph = graphs[0]
    spans, sizes, made = lifetimes(graph), tensor_bytes(graph), plan(graph)
    for step, node in enumerate(graph.nodes):
        owners: dict[int, str] = {}
        for name, (start, end) in spans.items():
            if not start <= step <= end:
                continue
            if node.op.inplace and name == node.name:
                first = node.inputs[0]
                if made.offsets[name] == made.offsets[first] and spans[first][1] == step:
                    continue
            at = made.offsets[name]
            assert at >= 0
            assert at + sizes[name][0] <= made.arena_bytes
            for byte in range(at, at + int(sizes[name][0])):
                assert owners.setdefault(byte, name) == name


@given(networks())
def test_arena_lies_between_the_peak_and_plain_first_fit(graphs: list[Graph]) -> None:
    graph = graphs[0]
    arena = plan(graph).arena_bytes
    assert arena == arena_bytes(graph)
    assert peak_bytes(graph) <= arena <= first_fit_in_execution_order(graph)


@given(networks(candidates=5))
def test_many_networks_at_once_equal_one_by_one(graphs: list[Graph]) -> None:
    *single, together = graphs
    arenas = np.broadcast_to(arena_bytes(together), len(single))
    peaks = np.broadcast_to(peak_bytes(together), len(single))
    assert arenas.tolist() == [plan(graph).arena_bytes for graph in single]
    assert peaks.tolist() == [peak_bytes(graph) for graph in single]


def test_chain_needs_two_neighbours_at_most() -> None:
    widths = (8, 2, 30, 1, 9, 4)
    nodes, last = [], "x"
    for index, width in enumerate(widths):
        nodes.append(Node(f"n{index}", Mix(width), (last,)))
        last = f"n{index}"
    graph = Graph("x", (4, 4, 3), tuple(nodes))
    assert peak_bytes(graph) == 16 * 32
    assert plan(graph).arena_bytes == 16 * 32


def test_lifetimes_reach_to_the_last_reader() -> None:
    graph = Graph(
        "x",
        (1, 1, 4),
        (Node("a", Mix(4), ("x",)), Node("b", Mix(4), ("a",)), Node("c", Mix(4), ("b", "a"))),
    )
    assert lifetimes(graph) == {"x": (0, 0), "a": (0, 2), "b": (1, 2), "c": (2, 2)}


@given(st.integers(1, 50))
def test_in_place_only_once_the_input_dies(width: int) -> None:
    last = Node("c", Mix(1), ("b",))
    chain = (Node("a", Mix(width), ("x",)), Node("b", Overwrite(), ("a",)))
    free = plan(Graph("x", (1, 1, 1), (*chain, last)))
    assert free.offsets["a"] == free.offsets["b"]
    kept = plan(Graph("x", (1, 1, 1), (*chain, Node("c", Mix(1), ("b", "a")))))
    assert abs(kept.offsets["a"] - kept.offsets["b"]) >= width
