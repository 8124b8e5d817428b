import numpy as np

from tinypareto.graph.cost import resources, resources_array
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.window import Window
from tinypareto.graph.stack import stacked


def network(kernel: int, stride: int) -> Graph:
    window = Window((1, kernel), (1, stride), (0, 0, kernel // 2, kernel // 2))
    nodes = (Node("a", Conv2d(window, 6), ("x",)), Node("b", DepthwiseConv2d(window), ("a",)))
    return Graph("x", (1, 30, 2), nodes)


def test_costs_of_a_stack_are_those_of_its_graphs() -> None:
    graphs = [network(kernel, stride) for kernel in (1, 3, 5) for stride in (1, 2)]
    at = np.array([5, 0, 1, 2, 3, 4, 5, 5])
    costs = resources_array(stacked(graphs, at))
    for row, index in zip(costs.tolist(), at.tolist(), strict=True):
        one = resources(graphs[index])
        assert row == [one.rom_bytes, one.ram_bytes, one.flops]


def test_one_graph_is_its_own_stack() -> None:
    graph = network(3, 1)
    assert stacked([graph], np.zeros(4, np.int64)) is graph
