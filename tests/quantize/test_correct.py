from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinypareto.errors import ConfigError, DivergedError
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import to_int8
from tinypareto.quantize.correct import ROUNDS, corrected, corrections

FEATURES, FILTERS = 8, 5


def linear(name: str, reads: str, rng: np.random.Generator, given: int) -> Node:
    weights: dict[str, NDArray[Any]] = {
        "weight": rng.normal(size=(FILTERS, given)).astype(np.float32),
        "bias": rng.normal(size=FILTERS).astype(np.float32),
    }
    return Node(name, Linear(FILTERS), (reads,), weights)


def float_outputs(graph: Graph, x: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    tensors = {graph.input: x.astype(np.float64)}
    for node in graph.nodes:
        made = tensors[node.inputs[0]] @ node.arrays["weight"].T + node.arrays["bias"]
        relu = getattr(node.op, "activation", "none") == "relu"
        tensors[node.name] = np.maximum(made, 0) if relu else made
    return tensors


def integer_outputs(
    graph: Graph, ranges: dict[str, tuple[float, float]], x: NDArray[np.float32]
) -> NDArray[np.float64]:
    integer = quantize(graph, ranges)
    cases = to_int8(x[:, None, None], integer.quants[graph.input])
    quant = integer.quants[integer.output]
    return (interpreter.run(integer, cases).astype(np.float64) - quant.zero_point) * quant.scale


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cases=st.integers(16, 200), depth=st.integers(1, 3))
def test_the_mean_output_is_the_float_one(seed: int, cases: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(2.0, 1.0, (cases, FEATURES)).astype(np.float32)
    names = ["x", *(f"layer{index}" for index in range(depth))]
    nodes = tuple(
        linear(name, names[at], rng, FILTERS if at else FEATURES)
        for at, name in enumerate(names[1:])
    )
    graph = Graph("x", (1, 1, FEATURES), nodes)
    outputs = float_outputs(graph, x)
    # Wider, so that no sum is clipped.
    ranges = {
        name: (float(made.min()) * 1.5 - 1, float(made.max()) * 1.5 + 1)
        for name, made in outputs.items()
    }
    means = {name: made.mean(0) for name, made in outputs.items()}
    biases = corrections(graph, ranges, x, means)
    made = integer_outputs(corrected(graph, biases), ranges, x)
    step = quantize(graph, ranges).quants[graph.output].scale
    assert np.abs(made.mean(0) - means[graph.output]).max() <= 0.51 * step


def test_a_clamped_output_needs_a_second_round() -> None:
    """Weights that int8 rounds to zero leave an error that only the bias can take."""
    weight = np.full((1, 60), 0.003, np.float32)
    weight[0, 0] = 1.0
    weights = {"weight": weight, "bias": np.array([-0.3], np.float32)}
    graph = Graph("x", (1, 1, 60), (Node("r", Linear(1, "relu"), ("x",), weights),))
    x = np.random.default_rng(0).uniform(0, 1, (500, 60)).astype(np.float32)
    x[:, 0] = 2 * x[:, 0] - 1
    outputs = float_outputs(graph, x)
    ranges = {name: (float(one.min()), float(one.max())) for name, one in outputs.items()}
    wanted = outputs["r"].mean(0)

    def error(rounds: int) -> float:
        biases = corrections(graph, ranges, x, {"r": wanted}, rounds) if rounds else {}
        made = integer_outputs(corrected(graph, biases), ranges, x)
        return float(np.abs(made.mean(0) - wanted).max())

    assert error(ROUNDS) < 0.7 * error(1) < 0.7 * error(0)


def test_zeros_and_constants_stay() -> None:
    weights = {"weight": np.zeros((2, 3), np.float32), "bias": np.array([0, 4], np.float32)}
    graph = Graph("x", (1, 1, 3), (Node("fc", Linear(2), ("x",), weights),))
    x = np.zeros((4, 3), np.float32)
    ranges, means = {"x": (0.0, 0.0), "fc": (0.0, 4.0)}, {"fc": np.array([0.0, 4.0])}
    whole = corrected(graph, corrections(graph, ranges, x, means))
    assert integer_outputs(whole, ranges, x).tolist() == [[0, 4]] * 4


def test_other_layers_are_left_alone() -> None:
    graph = Graph("x", (1, 1, 3), (linear("fc", "x", np.random.default_rng(0), 3),))
    assert corrected(graph, {}).nodes[0].arrays["bias"].tolist() == (
        graph.nodes[0].arrays["bias"].tolist()
    )
    with pytest.raises(ConfigError, match="'fc': got 2 corrected biases for 5 filters"):
        corrected(graph, {"fc": (1.0, 2.0)})


def test_a_diverged_network_is_refused() -> None:
    graph = Graph("x", (1, 1, 3), (linear("fc", "x", np.random.default_rng(0), 3),))
    x = np.ones((2, 3), np.float32)
    with pytest.raises(DivergedError, match="'fc'"):
        corrections(graph, {"x": (0, 1), "fc": (0, np.inf)}, x, {"fc": np.ones(5)})
