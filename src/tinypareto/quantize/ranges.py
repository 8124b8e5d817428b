"""The range of real values that the int8 values of a tensor stand for."""

from math import isfinite

import numpy as np

from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, affine
from tinypareto.quantize.observe import Observed

Ranges = dict[str, tuple[float, float]]
"""(lowest, highest) by tensor."""

SHRINKS = np.linspace(1.0, 0.3, 15)


def least_squares(seen: Observed) -> tuple[float, float]:
    """Both bounds shrunk by the factor that loses least by rounding and clipping together.

    The squared error is that of the histogram: its root is at most half a bin from the exact one.

    Returns:
        (lowest, highest), within the observed ones; these, where they are not finite.
    """
    low, high = seen.low, seen.high
    if not isfinite(high - low):
        return low, high
    filled = seen.counts > 0
    centres, counts = seen.centres[filled], seen.counts[filled]
    quants = [affine(low * shrink, high * shrink) for shrink in SHRINKS]
    scale = np.array([[quant.scale] for quant in quants])
    zero = np.array([[quant.zero_point] for quant in quants])
    steps = np.clip(np.rint(centres / scale), INT8_MIN - zero, INT8_MAX - zero)
    shrink = float(SHRINKS[((steps * scale - centres) ** 2 @ counts).argmin()])
    return low * shrink, high * shrink
