"""Choice of the real range that the int8 values of a tensor represent."""

from math import isfinite

import numpy as np

from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, affine
from tinypareto.quantize.observe import Observed

Ranges = dict[str, tuple[float, float]]
"""(lowest, highest) real value by tensor."""

SHRINKS = np.linspace(1.0, 0.3, 15)
"""Factors that are tried. A smaller range has finer steps but clips more values."""


def least_squares(observed: Observed) -> tuple[float, float]:
    """Shrink both bounds by the factor with the least squared error of rounding and clipping.

    The error is computed on the histogram, all values of a bin at its centre. The root mean square
    error is therefore within half a bin of the exact one.

    Args:
        observed: Statistics of a tensor.

    Returns:
        (lowest, highest), within the observed bounds; the observed bounds if they are not finite.
    """
    low, high = observed.low, observed.high
    if not isfinite(high - low):
        return low, high
    filled = observed.counts > 0
    centres, counts = observed.centres[filled], observed.counts[filled]
    # Every factor at once: rows are factors, columns are bins.
    quants = [affine(low * shrink, high * shrink) for shrink in SHRINKS]
    scale = np.array([[quant.scale] for quant in quants])
    zero = np.array([[quant.zero_point] for quant in quants])
    steps = np.clip(np.rint(centres / scale), INT8_MIN - zero, INT8_MAX - zero)
    shrink = float(SHRINKS[((steps * scale - centres) ** 2 @ counts).argmin()])
    return low * shrink, high * shrink
