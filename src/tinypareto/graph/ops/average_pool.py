"""Mean over a sliding window, with padding counted as zeros."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Pooling
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant, rescale, saturate

ADAPTIVE = frozenset(
    {"AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d"}
)


@dataclass(frozen=True)
class AveragePool(Pooling):
    """Average pooling; it has no weights."""

    kind = "average_pool"
    channels = ChannelRule.SAME
    kernel = kernel_text("average_pool.c")

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read an average pooling that divides by the same number everywhere; see Op."""
        if call.target in ADAPTIVE:
            return cls(_regular(call)), {}
        window, attributes = Window.from_call(call), call.attributes
        refused = {
            "ceil_mode": bool(attributes.get("ceil_mode", False)),
            "divisor_override": attributes.get("divisor_override") is not None,
            "count_include_pad": any(window.padding)
            and not attributes.get("count_include_pad", True),
        }
        for name, found in refused.items():
            if found:
                problem = f"{name}={attributes[name]} has no integer counterpart; leave it out"
                raise unsupported(cls.kind, call, problem)
        return cls(window), {}

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make the scalars of the rescale, which includes the division by the window's area."""
        ratio = inputs[0].scale / (output.scale * self.window.area)
        multiplier, shift = ratio_fixed_point(ratio)
        return {}, {
            "input_zero_point": inputs[0].zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "zero_point": output.zero_point,
        }

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        zero_point = scalars["input_zero_point"]
        patches = self.window.patches(inputs[0], zero_point)
        sums = patches.sum((-2, -1), np.int64) - self.window.area * zero_point
        steps = rescale(sums, scalars["multiplier"], scalars["shift"])
        return saturate(steps, scalars["zero_point"])

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        window = self.window.c_table(context.input_shapes[0], context.output_shape)
        sizes = ("&window", context.output_shape[2])
        scalars = context.named("input_zero_point", "multiplier", "shift", "zero_point")
        arguments = (context.inputs[0], context.output, *sizes, *scalars)
        return f"{{ {window} {c_statement('tp_average_pool', arguments)} }}"


def _regular(call: Call) -> Window:
    """Compute the window of an adaptive pooling; refuse windows of different sizes."""
    (_, *sizes), (_, *counts) = call.input_shapes[0], call.shape
    axes = [_axis(size, count) for size, count in zip(sizes, counts, strict=True)]
    if None in axes:
        problem = f"pools {sizes} pixels to {counts} by windows of different sizes"
        raise unsupported(AveragePool.kind, call, f"{problem}; use an output_size that divides")
    down, right = ((1, 1), *axes)[-2:]
    assert down
    assert right
    return Window((down[0], right[0]), (down[1], right[1]))


def _axis(size: int, count: int) -> tuple[int, int] | None:
    """Compute kernel and stride of torch's adaptive windows along one axis.

    With n = size and m = count, window i reaches from floor(i n / m) to ceil((i + 1) n / m).

    Returns:
        Kernel and stride, or None if they differ between windows.
    """
    starts = [i * size // count for i in range(count)]
    kernels = {-(-(i + 1) * size // count) - start for i, start in enumerate(starts)}
    strides = {after - start for start, after in pairwise(starts)} or {1}
    return (kernels.pop(), strides.pop()) if len(kernels) == len(strides) == 1 else None
