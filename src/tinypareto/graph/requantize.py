"""Affine quantization and the fixed-point rescaling of accumulators.

Follows the TFLite int8 specification (Jacob 2018): int8 activations with a scale and a zero point
per tensor, symmetric int8 weights with a scale per output channel, int32 accumulators.

An accumulator counts steps of (input scale * weight scale). To express it in steps of the output
scale it is multiplied by the real ratio input scale * weight scale / output scale, written as
multiplier / 2^shift with integers. The rescale rounds once, half up (TFLite's
TFLITE_SINGLE_ROUNDING): floor((acc * multiplier + 2^(shift-1)) / 2^shift). The C code computes the
same with one 64-bit product and one arithmetic shift.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

INT8_MIN, INT8_MAX = -128, 127
SHIFT_MAX = 54
"""Largest shift. Up to here, a core with a 32 x 32 -> 64 bit product needs only its upper word.
Ratios below 2^-24 lose bits of their multiplier, but this moves no int32 accumulator by more than
2^-24 steps."""


@dataclass(frozen=True)
class Quant:
    """Affine quantization of a tensor: real = scale * (q - zero_point), q int8."""

    scale: float
    zero_point: int


def affine(low: float, high: float) -> Quant:
    """Choose the quantization that covers [low, high] and represents 0 exactly.

    Args:
        low: Smallest real value.
        high: Largest real value.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / (INT8_MAX - INT8_MIN) or 1.0
    zero_point = round(INT8_MIN - low / scale)
    return Quant(scale, int(min(max(zero_point, INT8_MIN), INT8_MAX)))


def to_int8(real: NDArray[Any], quant: Quant) -> NDArray[np.int8]:
    """Quantize real values to the nearest representable ones, saturating."""
    steps = np.rint(np.asarray(real, np.float64) / quant.scale) + quant.zero_point
    clipped: NDArray[np.int8] = np.clip(steps, INT8_MIN, INT8_MAX).astype(np.int8)
    return clipped


def fixed_point(ratio: float) -> tuple[int, int]:
    """Write a positive ratio as multiplier / 2^shift.

    Args:
        ratio: The ratio, in (0, 2^30).

    Returns:
        The multiplier, in [0, 2^31), and the shift, in [1, 54].

    Raises:
        ValueError: The ratio is too large.
    """
    # ratio = fraction * 2^exponent with the fraction in [0.5, 1): the multiplier has 31 bits.
    fraction, exponent = math.frexp(ratio)
    multiplier, shift = round(fraction * 2**31), 31 - exponent
    # A fraction just below 1 rounds up to 2^31, which an int32 cannot hold.
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift - 1
    if shift > SHIFT_MAX:
        multiplier, shift = round(ratio * 2**SHIFT_MAX), SHIFT_MAX
    if shift < 1:
        raise ValueError(f"rescale ratio {ratio:g}: got >= 2^30, wanted less")
    return multiplier, shift


def rescale(
    accumulator: NDArray[np.int64], multiplier: NDArray[Any] | int, shift: NDArray[Any] | int
) -> NDArray[np.int64]:
    """Compute round-half-up(accumulator * multiplier / 2^shift) exactly.

    Args:
        accumulator: Accumulators, |accumulator| < 2^31.
        multiplier: Multipliers of `fixed_point`, one or one per channel.
        shift: Shifts of `fixed_point`, likewise.
    """
    multiplier = np.asarray(multiplier, np.int64)
    shift = np.asarray(shift, np.int64)
    steps = accumulator.astype(np.int64)
    # In place, because allocating new arrays would take longer than the arithmetic.
    steps *= multiplier
    steps += np.int64(1) << (shift - 1)
    steps >>= shift
    return steps


def saturate(
    steps: NDArray[np.int64], zero_point: int, low: int = INT8_MIN, high: int = INT8_MAX
) -> NDArray[np.int8]:
    """Add the zero point and clamp to [low, high]."""
    values = steps + zero_point
    return np.clip(values, low, high, out=values).astype(np.int8)
