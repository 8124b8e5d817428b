"""Sizes of the band of samples on which the depthwise convolution works.

The kernel (kernels/channel_plane.h) copies a band of rows of one channel to 16-bit samples, with
the padding around it, so that no tap has to be checked against the borders. The band lies on the
stack.
"""

from tinypareto.graph.op import Shape
from tinypareto.graph.ops.window import Window

SAMPLES = 512
"""Intended number of samples of a band; it is exceeded only if one row of outputs needs more."""


def band_rows(window: Window, output_shape: Shape) -> int:
    """Choose the number of output rows to compute from one band."""
    reach, pitch = _band(window, output_shape)
    return int(max(1, min(output_shape[0], (SAMPLES // pitch - reach) // window.stride[0] + 1)))


def band_samples(window: Window, output_shape: Shape) -> int:
    """Count the 16-bit numbers of the kernel's buffer: the weights of a channel and its band."""
    reach, pitch = _band(window, output_shape)
    return window.area + pitch * (reach + (band_rows(window, output_shape) - 1) * window.stride[0])


def _band(window: Window, output_shape: Shape) -> tuple[int, int]:
    """Compute the input rows that one row of outputs reads, and the samples per row."""
    rows, columns = ((k - 1) * d + 1 for k, d in zip(window.kernel, window.dilation, strict=True))
    return rows, columns + (int(output_shape[1]) - 1) * window.stride[1]
