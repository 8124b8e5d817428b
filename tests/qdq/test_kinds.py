"""Ways of writing int8 models that real exporters have: computed like ONNX Runtime, or refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from qdq_models import Qdq

from tinypareto.errors import TinyparetoError
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import read

UINT8 = {"dtype": np.uint8}


def clip_of_integers(seed: int) -> Qdq:
    """Quantizers of few bits as Brevitas writes them: bounds in steps of the tensor."""
    build = Qdq(3, 5, 5, seed=seed)
    unsigned = seed % 2
    dtype, zero = (np.uint8, 8) if unsigned else (np.int8, seed)
    bounds = [build.constant(bound, dtype) for bound in ((0, 15) if unsigned else (-8, 7))]
    parameters = build.constant(0.3), build.constant(zero, dtype)
    integers = build.add("QuantizeLinear", "input", *parameters)
    integers = build.add("Clip", integers, *bounds)
    x = build.add("DequantizeLinear", integers, *parameters)
    build.rounded(build.conv(x, 4, 3, scale=0.004), 0.2)
    return build


def relu_of_integers(seed: int) -> Qdq:
    """A Relu of integers cuts at the integer 0, whatever the zero point."""
    build = Qdq(3, 5, 5, seed=seed, opset=17)
    parameters = build.constant(0.1), build.constant(-40, np.int8)
    integers = build.add("Relu", build.add("QuantizeLinear", "input", *parameters))
    build.add("DequantizeLinear", integers, *parameters)
    return build


def clipped_weights(seed: int) -> Qdq:
    """Weights of few bits as integers, clipped before they are dequantized."""
    build = Qdq(3, 5, 5, seed=seed)
    x = build.rounded("input", 0.02)
    integers = build.constant(build.rng.integers(-20, 20, (4, 3, 3, 3)), np.int8)
    narrow = build.add("Clip", integers, build.constant(-7, np.int8), build.constant(7, np.int8))
    weight = build.add("DequantizeLinear", narrow, build.constant(0.1), build.constant(0, np.int8))
    build.rounded(build.add("Conv", x, weight), 0.2)
    return build


def conv_then_norm(seed: int) -> Qdq:
    """Gains that are large, small, negative and zero; each filter has a scale of its own."""
    build = Qdq(3, 5, 5, seed=seed)
    x = build.rounded("input", 0.02, -3)
    scale = 0.02 * build.rng.uniform(0.2, 1, 4) if seed % 2 else 0.02
    y = build.conv(x, 4, 3, scale=scale)
    gain = [4.6, -0.3, 0.0, 1e-9]
    offset, mean = build.rng.normal(size=(2, 4))
    statistics = map(build.constant, (gain, offset, mean, build.rng.uniform(0.5, 2, 4)))
    y = build.add("BatchNormalization", y, *statistics)
    build.rounded(build.add("Relu", y) if seed % 2 else y, 0.3, -28)
    return build


def conv_then_gain(seed: int) -> Qdq:
    build = Qdq(3, 5, 5, seed=seed)
    x = build.rounded("input", 0.02, -3)
    gain = build.constant(np.reshape([3, -0.1, 1, 0.5], (4, 1, 1)) if seed % 2 else 1.7)
    kind = "Div" if seed == 2 else "Mul"
    build.rounded(build.add(kind, build.conv(x, 4, 3), gain), 0.3, -18)
    return build


def functions_in_a_row(seed: int) -> Qdq:
    """A hard swish in four nodes, without roundings between them."""
    build = Qdq(3, 5, 5, seed=seed)
    x = build.rounded("input", 0.05)
    three, six, zero = (build.constant(number) for number in (3, 6, 0))
    y = build.add("Clip", build.add("Add", x, three), zero, six)
    gate = build.rounded(build.add("Div", y, six), 1 / 255, -128)
    build.rounded(build.add("Mul", x, gate), 0.04, -30)
    return build


def zero_points_left_out(seed: int) -> Qdq:
    """DequantizeLinear takes the type from its input."""
    build = Qdq(3, 5, 5, seed=seed)
    scale, zero = build.constant(0.02), build.constant(0, np.uint8 if seed % 2 else np.int8)
    integers = build.add("QuantizeLinear", "input", *((scale,) if seed % 2 else (scale, zero)))
    x = build.add("DequantizeLinear", integers, scale)
    out = build.constant(0.2)
    integers = build.add("QuantizeLinear", build.conv(x, 4, 3), out, zero)
    build.add("DequantizeLinear", integers, out)
    return build


def type_as_attribute(seed: int) -> Qdq:
    """From opset 21 on QuantizeLinear can say its type by `output_dtype` (3 is int8, 2 uint8)."""
    build = Qdq(3, 5, 5, seed=seed, opset=21)
    kinds = [2, 3][seed % 2], 3
    scales = build.constant(0.02), build.constant(0.2)
    integers = build.add("QuantizeLinear", "input", scales[0], output_dtype=kinds[0])
    y = build.conv(build.add("DequantizeLinear", integers, scales[0]), 4, 3)
    integers = build.add("QuantizeLinear", y, scales[1], output_dtype=kinds[1])
    build.add("DequantizeLinear", integers, scales[1])
    return build


def similar_names(seed: int) -> Qdq:
    """Names that are equal once their colons are gone, or equal to the input's."""
    build = Qdq(3, 5, 5, seed=seed)
    names = [("conv:1", "conv_1"), ("input", "input_")][seed % 2]
    x = build.rounded("input", 0.02, -3)
    x = build.rounded(build.conv(x, 4, 3, 1, name=names[0]), 0.2)
    build.rounded(build.conv(x, 4, 4, 1, name=names[1], scale=0.001), 0.02)
    return build


def two_roundings(seed: int) -> Qdq:
    """One float tensor rounded coarsely and finely, with or without an activation before."""
    build = Qdq(3, 5, 5, seed=seed)
    y = build.conv(build.rounded("input", 0.02), 3, 3, 1, scale=0.002)
    y = build.add("Relu", y) if seed % 2 else y
    coarse = build.rounded(build.add("Relu", build.rounded(y, 0.5)), 0.5)
    build.rounded(build.add("Concat", coarse, build.rounded(y, 0.01), axis=1), 0.01)
    return build


def rounded_and_not(seed: int) -> Qdq:
    """One float tensor rounded coarsely, and read unrounded by a Relu."""
    build = Qdq(3, 5, 5, seed=seed)
    y = build.conv(build.rounded("input", 0.02), 3, 3, 1, scale=0.002)
    fine = build.rounded(build.add("Relu", y), 0.01)
    build.rounded(build.add("Concat", build.rounded(y, 0.5), fine, axis=1), 0.01)
    return build


def several_cases_at_once(seed: int) -> Qdq:
    build = Qdq(3, 5, 5, seed=seed, batch=[8, 5][seed % 2])
    build.rounded(build.conv(build.rounded("input", 0.02, -3), 4, 3), 0.2)
    return build


def shared_constants(seed: int) -> Qdq:
    """Shared initializers as tf2onnx writes them: one scale and zero point for all weights."""
    build = Qdq(12, seed=seed)
    step, zero = build.constant(0.02), build.constant(0, np.int8)
    x = "input"
    for scale in (0.02, 0.9, 1.8):
        x = build.rounded(x, scale)
        if scale < 1:
            integers = build.constant(build.rng.integers(-127, 128, (12, 12)), np.int8)
            weight = build.add("DequantizeLinear", integers, step, zero)
            x = build.add("MatMul", x, weight)
    build.last = x
    return build


def float_weights(seed: int) -> Qdq:
    """Weights stored as floats and rounded in the model, as after training for it."""
    build = Qdq(3, 5, 5, seed=seed)
    x = build.rounded("input", 0.02)
    weight = build.constant(build.rng.normal(0, 1, (4, 3, 3, 3)))
    parameters = build.constant([0.02] * 4), build.constant([0] * 4, np.int8)
    integers = build.add("QuantizeLinear", weight, *parameters, axis=0)
    weight = build.add("DequantizeLinear", integers, *parameters, axis=0)
    build.rounded(build.add("Conv", x, weight), 0.1)
    return build


def transposed_weights(seed: int) -> Qdq:
    """Weights of AIMET: a scale for each row, transposed after dequantizing."""
    build = Qdq(12, seed=seed)
    x = build.rounded("input", 0.02)
    weight = build.weights(6, 12, scale=build.rng.uniform(0.01, 0.02, 6))
    weight = build.add("Transpose", weight, perm=[1, 0])
    build.rounded(build.add("MatMul", x, weight), 0.2)
    return build


def shape_as_attribute(seed: int) -> Qdq:
    build = Qdq(4, 2, 2, seed=seed)
    x = build.rounded("input", 0.06, 7)
    shape = build.add("Constant", value_ints=[1, 16])
    x = build.add("Reshape", x, shape)
    build.rounded(build.add("Gemm", x, build.weights(5, 16), transB=1), 0.3)
    return build


def grouped(seed: int) -> Qdq:
    """Two groups, or a depthwise convolution with two filters for each channel."""
    build = Qdq(4, 5, 5, seed=seed)
    group, filters = (2, 6) if seed % 2 else (4, 8)
    weight = build.weights(filters, 4 // group, 3, 3, scale=build.rng.uniform(0.01, 0.02, filters))
    x = build.rounded("input", 0.02, -3)
    build.rounded(build.add("Conv", x, weight, group=group), 0.1)
    return build


def same_padding(seed: int) -> Qdq:
    build = Qdq(3, 6, 7, seed=seed)
    mode = ["SAME_UPPER", "SAME_LOWER", "VALID"][seed % 3]
    x = build.rounded("input", 0.02, -3)
    y = build.add("Conv", x, build.weights(4, 3, 2, 3), auto_pad=mode, strides=[1 + seed % 2, 2])
    build.rounded(y, 0.2)
    return build


def padded_axes(seed: int) -> Qdq:
    """From opset 18 on, Pad can name its axes."""
    build = Qdq(3, 4, 4, seed=seed, opset=18)
    pads, axes = build.constant([1, 2, 0, 1], np.int64), build.constant([2, -1], np.int64)
    x = build.rounded("input", 0.02, -3)
    build.rounded(build.add("Pad", x, pads, build.constant(0.0), axes), 0.02, -3)
    return build


def largest_pixel(seed: int) -> Qdq:
    build = Qdq(30, 5, 4, seed=seed)
    build.rounded(build.add("GlobalMaxPool", build.rounded("input", 0.02, -3)), 0.02, -3)
    return build


def rounded_up_pools(seed: int) -> Qdq:
    build = Qdq(3, 7, 6, seed=seed)
    x = build.rounded("input", 0.02, -3)
    window: dict[str, Any] = {
        "kernel_shape": [3, 3],
        "strides": [2, 2],
        "pads": [0, 1, 1, 0],
        "ceil_mode": 1,
    }
    build.rounded(build.add("MaxPool", x, **window), 0.02, -3)
    return build


def channels_last(seed: int) -> Qdq:
    """A model of Keras: input and output, and what is flattened, with channels last."""
    build = Qdq(5, 4, 3, seed=seed)
    x = build.add("Transpose", "input", perm=[0, 3, 1, 2])
    x = build.rounded(build.conv(build.rounded(x, 0.02, -3), 4, 3, 2), 0.2)
    x = build.add("Transpose", x, perm=[0, 2, 3, 1])
    x = build.rounded(build.add("Relu", x), 0.1, -20) if seed % 2 else x
    if seed > 1:
        x = build.add("Reshape", x, build.constant([1, -1], np.int64))
        weight = build.weights(48, 5, scale=0.002)
        build.rounded(build.add("MatMul", x, weight), 0.1)
    return build


def series_with_channels_last(seed: int) -> Qdq:
    """A series that is rounded before its channels are moved to the front."""
    build = Qdq(9, 3, seed=seed)
    x = build.add("Transpose", build.rounded("input", 0.02, -3), perm=[0, 2, 1])
    build.rounded(build.add("Conv", x, build.weights(4, 3, 3)), 0.1)
    return build


def last_step(seed: int) -> Qdq:
    """The last step of a series, as after causal convolutions, and a cut at both ends."""
    build = Qdq(20, 9, seed=seed)
    x = build.rounded("input", 0.02, -3)
    bounds = (build.constant([value], np.int64) for value in (1, -2, 2))
    x = build.rounded(build.add("Slice", x, *bounds), 0.02, -3)
    if seed % 2:
        x = build.add("Gather", x, build.constant(-1, np.int64), axis=2)
        x = build.rounded(build.rounded(x, 0.02, -3), 0.05)
    build.rounded(x, 0.05)
    return build


def means_without_padding(seed: int) -> Qdq:
    """AveragePooling of Keras with SAME padding, and with windows that are rounded up."""
    build = Qdq(3, 7, 6, seed=seed)
    pads, ceil = ([0, 0, 1, 1], [0, 1, 1, 0])[seed % 2], seed // 2
    window: dict[str, Any] = {
        "kernel_shape": [3, 3],
        "strides": [2, 2],
        "pads": pads,
        "ceil_mode": ceil,
    }
    build.rounded(build.add("AveragePool", build.rounded("input", 0.02, 60), **window), 0.019, 30)
    return build


def one_slope(seed: int) -> Qdq:
    build = Qdq(3, 4, 4, seed=seed)
    x = build.rounded("input", 0.06)
    build.rounded(build.add("PRelu", x, build.constant([[[0.2]]] * 3)), 0.05, -100)
    return build


COMPUTED = (
    *(last_step, means_without_padding, channels_last, series_with_channels_last),
    *(grouped, same_padding, padded_axes, largest_pixel, rounded_up_pools, one_slope),
    *(clip_of_integers, relu_of_integers, clipped_weights, conv_then_norm, conv_then_gain),
    functions_in_a_row,
    *(zero_points_left_out, type_as_attribute, similar_names, several_cases_at_once),
    *(shared_constants, float_weights, transposed_weights, shape_as_attribute),
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", COMPUTED, ids=lambda kind: kind.__name__)
def test_a_kind_of_model_is_computed(kind: Callable[[int], Qdq], seed: int, tmp_path: Path) -> None:
    _, found = kind(seed).run(tmp_path)
    # Round scales make results that lie in the middle of two steps, which are rounded differently.
    assert found.different <= 0.03 * found.outputs


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", [two_roundings, rounded_and_not])
def test_each_rounding_is_of_the_float_tensor(
    kind: Callable[[int], Qdq], seed: int, tmp_path: Path
) -> None:
    _, found = kind(seed).run(tmp_path)
    # A coarse step of 0.5 is 50 steps of the concatenation.
    assert found.different <= 0.01 * found.outputs


def resized(mode: dict[str, Any]) -> Qdq:
    build = Qdq(3, 4, 4, opset=mode.pop("opset", 17))
    x = build.rounded("input", 0.02, -3)
    factors = build.constant([1, 1, 2, mode.pop("factor", 2)])
    inputs = (factors,) if build.opset < 11 else ("", factors)
    build.rounded(build.add("Resize", x, *inputs, mode="nearest", **mode), 0.02, -3)
    return build


ASYMMETRIC = {"coordinate_transformation_mode": "asymmetric"}


@pytest.mark.parametrize(
    "mode",
    [
        {},
        {"opset": 10},
        {"factor": 3},
        {"factor": 3, **ASYMMETRIC, "nearest_mode": "floor"},
        {"nearest_mode": "round_prefer_ceil"},
        {"coordinate_transformation_mode": "pytorch_half_pixel"},
    ],
    ids=str,
)
def test_pixels_become_blocks(mode: dict[str, Any], tmp_path: Path) -> None:
    _, found = resized(dict(mode)).run(tmp_path)
    assert found.different == 0


@pytest.mark.parametrize(
    "mode",
    [
        {**ASYMMETRIC, "nearest_mode": "ceil"},
        {**ASYMMETRIC, "nearest_mode": "round_prefer_ceil"},
        {"nearest_mode": "floor"},
        {"coordinate_transformation_mode": "align_corners", "factor": 3},
    ],
    ids=str,
)
def test_other_pixels_are_refused(mode: dict[str, Any], tmp_path: Path) -> None:
    assert "takes the pixels [0" in refusal(resized(dict(mode)), tmp_path)


def refusal(build: Qdq, folder: Path) -> str:
    """The message by which a model is refused; one line."""
    with pytest.raises(TinyparetoError) as caught:
        read(load_model(build.save(folder)))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_bias_that_is_no_number_is_refused(tmp_path: Path) -> None:
    build = Qdq(3, 5, 5)
    x, bias = build.rounded("input", 0.02), build.constant([np.nan, 0, 1, 2])
    build.rounded(build.add("Conv", x, build.weights(4, 3, 3, 3), bias, name="first"), 0.4)
    message = refusal(build, tmp_path)
    assert message.startswith(f"Conv 'first': input 2 ({bias!r}) has values that are not finite")


def test_a_bias_with_a_zero_point_is_refused(tmp_path: Path) -> None:
    build = Qdq(3, 5, 5)
    x, weight = build.rounded("input", 0.02), build.weights(4, 3, 3, 3)
    stored = (build.constant([1, 2, 3, 4], np.int32), build.constant(0.0004))
    bias = build.add("DequantizeLinear", *stored, build.constant(7, np.int32), name="bias")
    build.rounded(build.add("Conv", x, weight, bias), 0.4)
    assert "'bias': has the zero point 7; ONNX allows int32 only 0" in refusal(build, tmp_path)


def test_channels_in_the_batch_are_refused(tmp_path: Path) -> None:
    build = Qdq(3, 4, 4)
    x = build.add("Flatten", build.rounded("input", 0.06, 7), axis=2, name="flat")
    build.rounded(build.add("Gemm", x, build.weights(5, 16), transB=1), 0.3)
    message = refusal(build, tmp_path)
    assert message.startswith("Flatten 'flat': its result has no fixed shape, or its first axis")


def test_an_input_rounded_in_two_ways_is_refused(tmp_path: Path) -> None:
    build = Qdq(3, 4, 4)
    both = build.rounded("input", 0.5), build.rounded("input", 0.01)
    build.rounded(build.add("Concat", *both, axis=1), 0.02)
    assert "input 'input': is rounded in several ways" in refusal(build, tmp_path)


def test_another_scale_on_the_way_back_is_refused(tmp_path: Path) -> None:
    build = Qdq(3, 4, 4)
    zero = build.constant(0, np.int8)
    integers = build.add("QuantizeLinear", "input", build.constant(0.02), zero)
    build.add("DequantizeLinear", integers, build.constant(0.04), zero, name="back")
    build.rounded(build.conv(build.last, 4, 3), 0.2)
    message = refusal(build, tmp_path)
    assert "DequantizeLinear 'back': got scale 0.04 and zero point 0 (as int8)" in message


def test_arithmetic_on_integers_is_refused(tmp_path: Path) -> None:
    build = Qdq(3, 4, 4)
    parameters = build.constant(0.02), build.constant(3, np.int8)
    integers = build.add("QuantizeLinear", "input", *parameters)
    twice = build.add("Add", integers, integers, name="twice")
    build.add("DequantizeLinear", twice, *parameters)
    assert "Add 'twice': computes with quantized integers" in refusal(build, tmp_path)


def test_a_weight_that_leaves_int8_by_a_negative_gain_is_refused(tmp_path: Path) -> None:
    build = Qdq(1, 4, 4)
    x = build.rounded("input", 0.02)
    integers = build.constant(np.full((1, 1, 1, 1), -128), np.int8)
    weight = build.add(
        "DequantizeLinear", integers, build.constant(0.1), build.constant(0, np.int8)
    )
    y = build.add("Conv", x, weight)
    build.rounded(build.add("Mul", y, build.constant(np.full((1, 1, 1), -0.3))), 0.02)
    assert "a weight becomes 128, wanted -128 to 127" in refusal(build, tmp_path)


def test_an_unknown_operator_is_named_before_what_surrounds_it(tmp_path: Path) -> None:
    build = Qdq(3, 4, 4)
    x = build.add("Transpose", build.rounded("input", 0.02), perm=[3, 0, 1, 2])
    build.add("Sin", x, name="wave")
    assert refusal(build, tmp_path).startswith("Sin 'wave': has no integer operator")


def test_other_transposes_are_refused(tmp_path: Path) -> None:
    build = Qdq(3, 4, 5)
    x = build.add("Transpose", build.rounded("input", 0.02), perm=[0, 1, 3, 2], name="turned")
    build.rounded(build.conv(x, 4, 3), 0.2)
    message = refusal(build, tmp_path)
    assert "Transpose 'turned': perm=[0, 1, 3, 2] of a tensor whose channels come" in message


def test_a_class_number_is_refused(tmp_path: Path) -> None:
    build = Qdq(4)
    build.add("ArgMax", build.rounded("input", 0.02), axis=1, name="best")
    build.output_kind = TensorProto.INT64
    message = refusal(build, tmp_path)
    assert message == (
        "ArgMax 'best': gives the number of a class; leave it out, and take the largest output of "
        "the C"
    )
