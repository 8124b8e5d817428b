"""Reads TensorFlow Lite operators that move values: the next fully connected layer undoes them."""

from collections.abc import Callable
from dataclasses import replace
from math import prod

from tinypareto.tflite.read_context import TfliteReadContext, View


def _reshaped(context: TfliteReadContext, view: View) -> View:
    shape = context.result.shape[1:]
    if context.result.shape[:1] != (1,) or prod(shape) != view.order.size:
        before, after = context.tensor(0).shape, context.result.shape
        raise context.refused(f"turns {before} into {after}; wanted the batch kept apart")
    return replace(view, order=view.order.reshape(shape))


def _transposed(context: TfliteReadContext, view: View) -> View:
    axes = context.constant(1).ravel().tolist()
    if sorted(axes) != list(range(view.order.ndim + 1)) or axes[0] != 0:
        raise context.refused(f"has the axes {axes}; wanted the batch kept first")
    return replace(view, order=view.order.transpose([axis - 1 for axis in axes[1:]]))


VIEWS: dict[str, Callable[[TfliteReadContext, View], View]] = {
    "RESHAPE": _reshaped,
    "SQUEEZE": _reshaped,
    "EXPAND_DIMS": _reshaped,
    "TRANSPOSE": _transposed,
}
"""Readers by the name of the operator."""


def read_view(context: TfliteReadContext) -> View:
    """The output of an operator as the values of its input in another order.

    Raises:
        UnsupportedLayerError: The operator does more than that.
    """
    numbers = context.computed()
    if len(numbers) != 1 or numbers[0] != context.node.inputs[0]:
        raise context.refused("wanted one computed tensor as its first input")
    if context.quant(context.tensor(0)) != context.quant(context.result):
        raise context.refused("changes the quantization of its input")
    found = VIEWS[context.node.kind](context, context.view(numbers[0]))
    if found.order.shape != context.result.shape[1:]:
        raise context.refused(f"makes {found.order.shape}, wanted {context.result.shape[1:]}")
    return found
