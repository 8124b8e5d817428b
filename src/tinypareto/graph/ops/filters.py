"""Quantization of filters, which convolutions and linear layers share.

A filter is one output channel. Its accumulator is bias + sum(x * w), with the input's zero point
already folded into the bias: sum((x - zero_point) * w) = sum(x * w) - zero_point * sum(w).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Dim
from tinypareto.graph.ops.common import activation_bounds, ratio_fixed_point
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, rescale, saturate

WEIGHT_MAX = 127
"""Largest magnitude of a quantized weight: the range is symmetric."""

ACCUMULATOR_MAX = 2**30
"""Bound on accumulators, half of what an int32 holds, for the scale of a filter."""

BYTES = 4 + 4 + 1
"""Bytes per filter besides its weights: bias, multiplier and shift."""


def bias_of(call: Call) -> NDArray[np.float32]:
    """Return the bias of a layer, or zeros if it has none; shape (filters,)."""
    weight = call.weights["weight"]
    return call.weights.get("bias", np.zeros(len(weight), np.float32))


def quantize_filters(
    filters: NDArray[Any],
    bias: NDArray[Any],
    input_quant: Quant,
    output: Quant,
    activation: str,
    scale: NDArray[Any] | None = None,
) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    """Quantize filters symmetrically, with one scale per filter.

    Args:
        filters: Real weights, shape (filters, taps).
        bias: Real biases, shape (filters,).
        input_quant: Quantization of the input.
        output: Quantization of the output.
        activation: Fused activation.
        scale: Scale of each filter if the weights were int8 already; by default the finest ones.

    Returns:
        Arrays `weight` (int8, same shape as `filters`; in [-127, 127] unless `scale` is passed),
        `bias` (int32), `multiplier` (int32) and `shift` (int8); the scalars of `requantized` and
        `input_zero_point`.

    Raises:
        OverflowError: A sum can leave int32 with the passed `scale`.
    """
    filters, bias = filters.astype(np.float64), bias.astype(np.float64)
    if scale is None:
        scale = _scales(filters, bias, input_quant)
    weight = np.clip(np.rint(filters / scale[:, None]), INT8_MIN, INT8_MAX).astype(np.int64)
    folded = np.rint(bias / (input_quant.scale * scale)) - input_quant.zero_point * weight.sum(1)
    if np.abs(folded).max(initial=0) + 2**14 * filters.shape[1] >= 2**31:
        raise OverflowError("its sums can leave int32; give its weights or its inputs other scales")
    multiplier, shift = fixed_points(input_quant.scale * scale / output.scale)
    arrays: dict[str, NDArray[Any]] = {
        "weight": weight.astype(np.int8),
        "bias": folded.astype(np.int32),
        "multiplier": multiplier,
        "shift": shift,
    }
    scalars = {"input_zero_point": input_quant.zero_point, "zero_point": output.zero_point}
    return arrays, scalars | activation_bounds(activation, output)


def real_filters(
    arrays: Mapping[str, NDArray[Any]], sums: NDArray[np.int64], input_quant: Quant, output: Quant
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Compute what other int8 formats store: the scale of each filter, and its plain bias.

    Args:
        arrays: Constants that `quantize_filters` returns.
        sums: Sum of the weights of each filter, shape (filters,).
        input_quant: Quantization of the input.
        output: Quantization of the output.

    Returns:
        Scales (filters,), and biases (filters,) without the input's zero point, in steps of the
        input's scale times the filter's.
    """
    scales = arrays["multiplier"] / 2.0 ** arrays["shift"] * output.scale / input_quant.scale
    return scales, (arrays["bias"] + input_quant.zero_point * sums).astype(np.int32)


def _scales(filters: NDArray[Any], bias: NDArray[Any], input_quant: Quant) -> NDArray[np.float64]:
    """Choose the scale of each filter as fine as int8 weights and an int32 accumulator allow."""
    finest = np.abs(filters).max(1, initial=0) / WEIGHT_MAX
    # No partial sum may leave int32, whatever the input. It is bounded by |bias| and, for each tap,
    # by 256 |w|: 128 for the input, and 128 for the zero point that the folded bias contains.
    largest = np.abs(bias) / input_quant.scale + 256 * np.abs(filters).sum(1)
    scale = np.maximum(finest, largest / ACCUMULATOR_MAX)
    return np.where(scale > 0, scale, 1.0)


def blocks(pixels: Dim, taps: Dim, filters: Dim) -> tuple[Dim, Dim, Dim]:
    """Compute `Op.work` of kernels that take four taps and two filters at a time.

    Args:
        pixels: Number of output pixels.
        taps: Weights per filter.
        filters: Number of filters.
    """
    chunks, pairs = (taps + 3) // 4, (filters + 1) // 2
    return pixels * chunks, pixels * pairs, pixels * chunks * pairs


def fixed_points(ratios: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Compute multiplier (int32) and shift (int8) of each ratio, both of the shape of `ratios`."""
    pairs = np.array([ratio_fixed_point(ratio) for ratio in ratios], np.int64).reshape(-1, 2)
    return pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int8)


def requantized(
    accumulator: NDArray[Any], constants: Mapping[str, NDArray[Any]], scalars: Mapping[str, int]
) -> NDArray[np.int8]:
    """Add the bias to sums of products and requantize them.

    Args:
        accumulator: Sums of products, shape (..., filters).
        constants: Arrays `bias`, `multiplier` and `shift` of shape (filters,).
        scalars: Integers `zero_point`, `low` and `high` of the output.
    """
    sums = accumulator.astype(np.int64) + constants["bias"]
    steps = rescale(sums, constants["multiplier"], constants["shift"])
    return saturate(steps, scalars["zero_point"], scalars["low"], scalars["high"])


def products(rows: NDArray[np.int8], filters: NDArray[np.int8]) -> NDArray[Any]:
    """Compute exact sums of products: (..., taps) times (filters, taps) is (..., filters).

    Sums of int8 products are integers that floats hold exactly, and BLAS is fast on floats only.
    """
    taps = filters.shape[1]
    exact = np.float32 if taps * 2**14 <= 2**24 else np.float64
    # One large product: NumPy would call BLAS once for each row of pixels.
    sums: NDArray[Any] = rows.reshape(-1, taps).astype(exact) @ filters.T.astype(exact)
    return sums.reshape(*rows.shape[:-1], len(filters))
