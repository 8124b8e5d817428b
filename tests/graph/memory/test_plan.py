from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import Merge, Mix, Overwrite, networks

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory import placement
from tinypareto.graph.memory.liveness import (
    ALIGNMENT,
    Buffers,
    buffers,
    conflicts,
    lifetimes,
    tensor_bytes,
    workspace,
    workspace_bytes,
)
from tinypareto.graph.memory.plan import arena_bytes, peak_bytes, plan, plans


def as_written(graph: Graph) -> tuple[int, ...]:
    return tuple(range(len(graph.nodes)))


def first_fit_in_execution_order(graph: Graph) -> int:
    """The plain planner of the papers, byte by byte."""
    pieces = buffers(graph, as_written(graph))
    together = conflicts(pieces.live)
    taken: list[set[int]] = []
    for index, size in enumerate(pieces.sizes[0]):  # aligned already
        blocked = set[int]().union(*(taken[j] for j in range(index) if together[index, j]))
        offset = 0
        while blocked & set(range(offset, offset + size)):
            offset += 1
        taken.append(set(range(offset, offset + size)))
    return max(max(span) for span in taken) + 1


@given(networks())
def test_live_tensors_never_overlap(graphs: list[Graph]) -> None:
    graph = graphs[0]
    made = plan(graph)
    spans, sizes = lifetimes(graph, made.order), tensor_bytes(graph)
    for step, node in enumerate(graph.nodes[at] for at in made.order):
        owners: dict[int, str] = {}
        for name, (start, end) in spans.items():
            at = made.offsets[name]
            # What the node overwrites is read for the last time.
            replaced = name != node.name and at == made.offsets[node.name] and end == step
            if replaced and name in [
                node.inputs[i] for i in node.op.inplace if i < len(node.inputs)
            ]:
                continue
            if start <= step <= end:
                assert at % ALIGNMENT == 0
                assert 0 <= at <= made.arena_bytes - sizes[name][0]
                for byte in range(at, at + int(sizes[name][0])):
                    assert owners.setdefault(byte, name) == name
        room = int(workspace_bytes(graph).get(node.name, [0])[0])
        at = made.offsets[workspace(node.name)] if room else 0
        assert at % ALIGNMENT == 0
        assert 0 <= at <= made.arena_bytes - room
        assert owners.keys().isdisjoint(range(at, at + room))


@given(networks())
def test_every_node_runs_once_and_after_what_it_reads(graphs: list[Graph]) -> None:
    graph = graphs[0]
    order = plan(graph).order
    assert sorted(order) == list(range(len(graph.nodes)))
    made = {graph.input}
    for node in (graph.nodes[at] for at in order):
        assert made.issuperset(node.inputs)
        made.add(node.name)


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
    made = plans(together)
    assert made * (len(single) // len(made)) == [plan(graph) for graph in single]
    assert peaks.tolist() == [peak_bytes(graph) for graph in single]


@given(networks())
def test_the_search_never_loses_to_the_heuristics(graphs: list[Graph]) -> None:
    pieces = buffers(graphs[0], as_written(graphs[0]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "tighten", lambda sizes, live, offsets, arenas: (offsets, arenas))
        (heuristic,) = placement.place(pieces)[1]
    offsets, (searched,) = placement.place(pieces)
    assert pieces.peaks()[0] <= searched <= heuristic
    assert (offsets + pieces.sizes).max() == searched


@st.composite
def intervals(draw: st.DrawFn) -> Buffers:
    """Few buffers with any lifetimes, of which chains are the exception."""
    spans = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=6))
    live = np.zeros((6, len(spans)), np.bool_)
    for at, ends in enumerate(spans):
        live[min(ends) : max(ends) + 1, at] = True
    sizes = [[draw(st.integers(1, 9)) for _ in spans]]
    return Buffers({}, live[live.any(axis=1)], np.array(sizes))


@given(intervals())
def test_small_arenas_are_the_smallest(pieces: Buffers) -> None:
    together, sizes = conflicts(pieces.live), pieces.sizes[0].tolist()
    least = sum(sizes)
    # Some order of first fit gives an optimal placement.
    for order in permutations(range(len(sizes))):
        placed: dict[int, int] = {}
        for at in order:
            near = sorted((placed[j], placed[j] + sizes[j]) for j in placed if together[at, j])
            offset = 0
            for start, end in near:
                offset = offset if start - offset >= sizes[at] else max(offset, end)
            placed[at] = offset
        least = min(least, max(placed[at] + sizes[at] for at in placed))
    offsets, (arena,) = placement.place(pieces)
    assert arena == least
    for at, other in zip(*np.nonzero(together), strict=True):
        low, high = sorted((at, other), key=lambda one: int(offsets[0, one]))
        assert offsets[0, low] + sizes[low] <= offsets[0, high]


def test_the_search_finds_what_no_heuristic_finds() -> None:
    starts, ends = (2, 4, 1, 4, 0, 5, 0), (4, 5, 5, 5, 4, 5, 2)
    steps = np.arange(6)[:, None]
    live = (np.array(starts) <= steps) & (steps <= np.array(ends))
    pieces = Buffers({}, live, np.array([[26, 24, 20, 2, 5, 29, 26]]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "tighten", lambda sizes, live, offsets, arenas: (offsets, arenas))
        assert placement.place(pieces)[1] > pieces.peaks()
    assert placement.place(pieces)[1] == pieces.peaks()


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
    spans = lifetimes(graph, (0, 1, 2))
    assert spans == {"x": (0, 0), "a": (0, 2), "b": (1, 2), "c": (2, 2)}


@given(st.integers(1, 50))
def test_in_place_only_once_the_input_dies(width: int) -> None:
    last = Node("c", Mix(1), ("b",))
    chain = (Node("a", Mix(width), ("x",)), Node("b", Overwrite(), ("a",)))
    free = plan(Graph("x", (1, 1, 1), (*chain, last)))
    assert free.offsets["a"] == free.offsets["b"]
    kept = plan(Graph("x", (1, 1, 1), (*chain, Node("c", Mix(1), ("b", "a")))))
    assert abs(kept.offsets["a"] - kept.offsets["b"]) >= width


@pytest.mark.parametrize("inputs", [("a", "b"), ("b", "a")])
def test_in_place_of_whichever_input_dies(inputs: tuple[str, str]) -> None:
    nodes = (
        Node("a", Mix(9), ("x",)),
        Node("b", Mix(9), ("x",)),
        Node("c", Merge(), inputs),
        Node("d", Mix(1), ("c", "a")),
    )
    graph = Graph("x", (1, 1, 1), nodes)
    made = plan(graph)
    assert made.offsets["c"] == made.offsets["b"]
    assert made.arena_bytes == peak_bytes(graph) == 12 + 12 + 4


def test_what_only_its_alignment_makes_as_large_is_not_overwritten() -> None:
    nodes = (
        Node("gate", Mix(1), ("x",)),
        Node("plane", Mix(2), ("gate",)),
        Node("y", Merge(), ("plane", "gate")),
    )
    made = plan(Graph("x", (1, 1, 1), nodes))
    assert made.offsets["y"] == made.offsets["plane"] != made.offsets["gate"]
