"""C of the depthwise convolution: one channel's plane at a time, its weights in registers.

A band of rows is copied to 16-bit samples with its padding, so that no tap is checked. The padding
is the same for all channels and written once.
"""

from tinypareto.graph.op import Shape
from tinypareto.graph.ops.window import Window

SAMPLES = 512
"""Samples of a band that should suffice; the rows that one row of outputs sees may be more."""


def band_rows(window: Window, made: Shape) -> int:
    """Rows of outputs to compute at a time."""
    reach, pitch = _band(window, made)
    return int(max(1, min(made[0], (SAMPLES // pitch - reach) // window.stride[0] + 1)))


def band_samples(window: Window, made: Shape) -> int:
    """16-bit numbers that the kernel works in: the weights of a channel and its band."""
    reach, pitch = _band(window, made)
    return window.area + pitch * (reach + (band_rows(window, made) - 1) * window.stride[0])


def _band(window: Window, made: Shape) -> tuple[int, int]:
    """Rows that a row of outputs sees, and their samples."""
    rows, columns = ((k - 1) * d + 1 for k, d in zip(window.kernel, window.dilation, strict=True))
    return rows, columns + (int(made[1]) - 1) * window.stride[1]
