"""The int8 weights of convolutions and fully connected layers in a TensorFlow Lite model."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.tflite.read_context import TfliteReadContext


def filters(
    context: TfliteReadContext, axis: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read the real weights and biases, inputs 1 and 2, and record the scales.

    Args:
        context: The operator.
        axis: Axis of the weights that the filters lie along.

    Raises:
        UnsupportedLayerError: They are not int8 and int32, or have other scales.
    """
    integers, tensor = context.constant(1), context.tensor(1)
    if integers.dtype != np.int8 or integers.ndim <= axis or tensor.zero_points.any():
        raise context.refused(
            f"weights of type {tensor.kind}, shape {tensor.shape}; wanted symmetric INT8"
        )
    count, scale = integers.shape[axis], tensor.scales
    if scale.size not in (1, count) or (scale.size > 1 and tensor.axis != axis):
        raise context.refused(f"{scale.size} scales; wanted one, or one for each filter")
    if not (np.isfinite(scale) & (scale > 0)).all():
        raise context.refused(f"a scale of its weights is {scale.min():g}; wanted positive numbers")
    context.scales[context.node.name] = scale = np.broadcast_to(scale, count)
    along = [-1 if other == axis else 1 for other in range(integers.ndim)]
    # The runtime takes the scale of a bias to be this product, whatever is stored with it.
    bias = _bias(context, count) * scale * context.quant(context.tensor(0)).scale
    return integers * scale.reshape(along), bias


def _bias(context: TfliteReadContext, count: int) -> NDArray[np.int64]:
    if len(context.node.inputs) < 3 or context.node.inputs[2] < 0:
        return np.zeros(count, np.int64)
    integers = context.constant(2)
    if integers.dtype != np.int32 or integers.size != count:
        raise context.refused(
            f"{integers.size} biases of type {context.tensor(2).kind}; wanted {count} of INT32"
        )
    return integers.ravel().astype(np.int64)


def grouped(weight: NDArray[Any], groups: int) -> NDArray[Any]:
    """Filters over all channels, with zeros for those of other groups.

    Args:
        weight: Shape (filters, channels of a group, height, width).
        groups: Number of groups.
    """
    count, channels, *taps = weight.shape
    spread = np.zeros((groups, count // groups, groups, channels, *taps), weight.dtype)
    index = np.arange(groups)
    spread[index, :, index] = weight.reshape(groups, count // groups, channels, *taps)
    return spread.reshape(count, groups * channels, *taps)
