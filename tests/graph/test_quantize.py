import numpy as np
import pytest

from tinypareto.errors import ConfigError, DivergedError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.table import Table
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import Quant, affine

WEIGHTS = {"weight": np.eye(3, dtype=np.float32), "bias": np.zeros(3, np.float32)}
GRAPH = Graph(
    "x",
    (1, 1, 3),
    (
        Node("r", Linear(3, "relu"), ("x",), WEIGHTS, layer="fc"),
        Node("s", Table("sigmoid"), ("r",)),
    ),
)
RANGES = {"x": (-1.0, 3.0), "r": (0.0, 3.0), "s": (0.5, 0.9)}


def test_every_tensor_gets_a_scale() -> None:
    integer = quantize(GRAPH, RANGES)
    assert integer.quants == {
        "x": affine(-1.0, 3.0),
        "r": affine(0.0, 3.0),
        "s": Quant(1 / 256, -128),
    }
    assert integer.shapes() == GRAPH.shapes()
    assert [node.layer for node in integer.nodes] == ["fc", "s"]
    assert integer.nodes[0].arrays["weight"].dtype == np.int8
    assert integer.nodes[0].scalars["low"] == integer.quants["r"].zero_point


def test_a_missing_range_is_named() -> None:
    with pytest.raises(ConfigError, match="tensor 'r': has no observed range"):
        quantize(GRAPH, {"x": (0.0, 1.0), "s": (0.0, 1.0)})


def test_a_range_that_is_not_finite_is_a_diverged_training() -> None:
    with pytest.raises(DivergedError, match=r"tensor 'r': got the range \[0.0, nan\]"):
        quantize(GRAPH, RANGES | {"r": (0.0, float("nan"))})


def test_weights_that_are_not_finite_are_a_diverged_training() -> None:
    bad = {**WEIGHTS, "bias": np.array([0, np.inf, 0], np.float32)}
    graph = Graph("x", (1, 1, 3), (Node("r", Linear(3), ("x",), bad, layer="fc"),))
    with pytest.raises(DivergedError, match="linear 'fc': bias is not finite"):
        quantize(graph, RANGES)
