from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.lower import lower
from tinypareto.graph.passes import (
    drop_identities,
    fold_flatten,
    graph_shape,
    order_factors,
)

Weights = Mapping[str, NDArray[np.float32]]
RNG = np.random.default_rng(0)
PLANE = (4, 5, 6)


def normal(*shape: int) -> NDArray[np.float32]:
    return RNG.normal(size=shape).astype(np.float32)


def call(
    name: str,
    target: str,
    source: str | tuple[str, ...] = "x",
    given: tuple[int, ...] = PLANE,
    made: tuple[int, ...] | None = None,
    weights: Weights | None = None,
    **attributes: Any,
) -> Call:
    inputs = (source,) if isinstance(source, str) else source
    shapes = (given,) * len(inputs)
    return Call(name, target, inputs, attributes, weights or {}, shapes, made or given)


def conv(name: str, source: str = "x", weights: Weights | None = None) -> Call:
    filters = weights or {"weight": normal(4, 4, 3, 3), "bias": normal(4)}
    return call(
        name, "Conv2d", source, weights=filters, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)
    )


def norm(name: str, source: str) -> Call:
    weights = {
        "weight": normal(4),
        "bias": normal(4),
        "running_mean": normal(4),
        "running_var": normal(4) ** 2,
    }
    return call(name, "BatchNorm2d", source, weights=weights, eps=1e-5)


def linear(name: str, source: str, features: int, given: tuple[int, ...]) -> Call:
    weights = {"weight": normal(3, features), "bias": normal(3)}
    return call(name, "Linear", source, given, (3,), weights)


def names(calls: tuple[Call, ...]) -> list[str]:
    return [made.name for made in calls]


@pytest.mark.parametrize(
    ("torch_shape", "shape"), [((7,), (1, 1, 7)), ((7, 5), (1, 5, 7)), ((7, 5, 3), (5, 3, 7))]
)
def test_shapes_are_channels_last(
    torch_shape: tuple[int, ...], shape: tuple[int, int, int]
) -> None:
    assert graph_shape(torch_shape) == shape


def test_identities_vanish() -> None:
    calls = (
        conv("c"),
        call("drop", "Dropout", "c"),
        call("same", "Identity", "drop"),
        call("pool", "mean", "same", PLANE, (4, 1, 1), dim=(2, 3), keepdim=True),
        call("flat", "flatten", "pool", (4, 1, 1), (4,)),
        call("relu", "ReLU", "flat", (4,)),
    )
    kept = drop_identities(calls)
    assert names(kept) == ["c", "pool", "relu"]
    assert [made.inputs for made in kept] == [("x",), ("c",), ("pool",)]


def test_flattened_pixels_reach_the_linear_in_channels_last_order() -> None:
    flatten, last = call("f", "flatten", "x", PLANE, (120,)), linear("l", "f", 120, (120,))
    (folded,) = fold_flatten((flatten, last))
    assert (folded.inputs, folded.input_shapes) == (("x",), (PLANE,))
    pixels = normal(*PLANE)
    wanted = last.weights["weight"] @ pixels.ravel()
    got = folded.weights["weight"] @ pixels.transpose(1, 2, 0).ravel()
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


def test_flattened_pixels_for_anything_else_are_refused() -> None:
    calls = (call("f", "flatten", "x", PLANE, (120,)), call("r", "ReLU", "f", (120,)))
    with pytest.raises(UnsupportedLayerError, match="flatten 'f': only Linear layers can read"):
        fold_flatten(calls)


def test_the_gate_is_the_second_factor() -> None:
    gated = Call("m", "mul", ("g", "x"), {}, {}, ((4, 1, 1), PLANE), PLANE)
    (made,) = order_factors((gated,))
    assert (made.inputs, made.input_shapes) == (("x", "g"), (PLANE, (4, 1, 1)))


def test_a_node_has_the_name_of_the_last_call_and_the_layer_of_the_first() -> None:
    calls = (conv("b.c"), norm("b.n", "b.c"), call("r", "ReLU", "b.n"), conv("b.c:2", "r"))
    graph = lower(calls, "x", PLANE)
    assert [(node.name, node.layer) for node in graph.nodes] == [("r", "b.c"), ("b.c:2", "b.c")]
    assert graph.shapes() == {"x": (5, 6, 4), "r": (5, 6, 4), "b.c:2": (5, 6, 4)}


def test_resized_goes_by_layer() -> None:
    graph = lower((conv("c"), call("r", "ReLU", "c")), "x", PLANE)
    widths = np.array([1, 3])
    assert graph.resized({"c": 2}).shapes()["r"] == (5, 6, 2)
    np.testing.assert_array_equal(graph.resized({"c": widths}).shapes()["r"][2], widths)
    assert graph.resized({"r": 2}).shapes() == graph.shapes()


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ((), "network: computes nothing"),
        ((call("drop", "Dropout"),), "network: computes nothing"),
        ((call("b.n", "LayerNorm"),), "LayerNorm 'b.n': has no integer operator; use one of Ada"),
        (
            (call("v", "view", "x", PLANE, (4, 30)),),
            r"view 'v': turns \(4, 5, 6\) into \(4, 30\), which moves values",
        ),
        ((call("r", "ReLU", "y"),), "reads the unknown tensor 'y'"),
        ((call("r", "ReLU"), call("s", "ReLU")), "never uses the results r;"),
        ((call("r", "ReLU", "x", (4, 5, 7)),), r"reads 'x' as \(4, 5, 7\), which is \(5, 6, 4\)"),
        ((call("r", "ReLU", "x", PLANE, (4, 6, 5)),), r"makes \(5, 6, 4\), wanted \(6, 5, 4\)"),
        ((call("r", "ReLU", "x", (1, *PLANE)),), r"got a tensor of shape \(1, 4, 5, 6\)"),
    ],
)
def test_refuses_what_it_cannot_compute(calls: tuple[Call, ...], problem: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=problem):
        lower(calls, "x", PLANE)
