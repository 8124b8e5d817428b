from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import real

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.requantize import Quant, affine

PLANE = (4, 3, 5)
scales = st.floats(1e-3, 1e3)
quants = st.builds(Quant, scales, st.integers(-128, 127))


def call(target: str, *shapes: tuple[int, ...], **attributes: Any) -> Call:
    names = tuple("ab"[: len(shapes)])
    return Call("b1.out", target, names, attributes, {}, shapes, shapes[0])


def every_pair() -> tuple[np.ndarray[Any, np.dtype[np.int8]], np.ndarray[Any, np.dtype[np.int8]]]:
    values = np.arange(-128, 128)
    first, second = np.meshgrid(values, values)
    return first.reshape(1, 256, 256, 1).astype(np.int8), second.reshape(1, 256, 256, 1).astype(
        np.int8
    )


@given(quants, quants, scales, st.sampled_from(["none", "relu", "relu6"]))
def test_add_is_within_a_step_for_every_pair(
    first: Quant, second: Quant, reach: float, activation: str
) -> None:
    a, b = every_pair()
    # A realistic output holds at least the larger input.
    output = affine(-reach, 255 * max(first.scale, second.scale))
    constants, scalars = Add(activation).quantize({}, [first, second], output)
    got = real(Add(activation).run(constants, scalars, a, b), output)
    low = -np.inf if activation == "none" else 0
    wanted = np.clip(real(a, first) + real(b, second), low, 6 if activation == "relu6" else np.inf)
    ends = real(np.array([-128, 127], np.int8), output)
    assert np.abs(got - np.clip(wanted, *ends)).max() <= 0.51 * output.scale + 1e-9


@given(quants, quants, st.floats(1e-4, 1e4), st.integers(-128, 127))
def test_mul_is_rounded_once_for_every_pair(
    first: Quant, second: Quant, ratio: float, zero_point: int
) -> None:
    a, b = every_pair()
    output = Quant(first.scale * second.scale * ratio, zero_point)
    constants, scalars = Mul().quantize({}, [first, second], output)
    got = real(Mul().run(constants, scalars, a, b), output)
    ends = real(np.array([-128, 127], np.int8), output)
    wanted = np.clip(real(a, first) * real(b, second), *ends)
    assert np.abs(got - wanted).max() <= (0.5 + 1e-4) * output.scale


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30), st.integers(-128, 127))
def test_no_sum_leaves_int32(first: float, second: float, zero_point: int) -> None:
    quantized: Mapping[str, int] = Add().quantize(
        {}, [Quant(first, zero_point), Quant(second, zero_point)], Quant(1.0, 0)
    )[1]
    largest = 255 * (quantized["first_multiplier"] + quantized["second_multiplier"])
    assert largest + (1 << (quantized["shift"] - 1)) < 2**31


@pytest.mark.parametrize("target", ["add", "mul"])
def test_one_value_per_channel_is_broadcast(target: str) -> None:
    rng = np.random.default_rng(0)
    x, one = (rng.integers(-128, 128, (2, *s)).astype(np.int8) for s in ((3, 5, 4), (1, 1, 4)))
    op, _ = (Add if target == "add" else Mul).from_call(call(target, PLANE, (4, 1, 1)))
    constants, scalars = op.quantize({}, [Quant(0.1, 3), Quant(0.2, -5)], Quant(0.5, 1))
    got = op.run(constants, scalars, x, one)
    everywhere = np.broadcast_to(one, x.shape)
    np.testing.assert_array_equal(got, op.run(constants, scalars, x, everywhere))


@pytest.mark.parametrize(
    ("refused", "problem"),
    [
        (call("add", PLANE, other=3), "add 'b1.out': got 1 tensors and {'other': 3}"),
        (call("add", PLANE, PLANE, alpha=2), "{'alpha': 2}"),
        (call("add", PLANE, (4, 1, 5)), r"got shapes \(4, 3, 5\) and \(4, 1, 5\), wanted the same"),
        (call("mul", PLANE, other=3), "mul 'b1.out': got 1 tensors, wanted 2"),
        (call("mul", PLANE, (1, 3, 5)), r"wanted the same shape or one value per channel"),
    ],
)
def test_refuses_what_it_cannot_do(refused: Call, problem: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=problem):
        (Add if refused.target == "add" else Mul).from_call(refused)
