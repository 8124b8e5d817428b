"""Mean over a sliding window, the padding counted as zeros."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Pooling
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant, rescale, saturate

ADAPTIVE = frozenset(
    {"AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d"}
)


@dataclass(frozen=True)
class AveragePool(Pooling):
    """No weights."""

    kind = "average_pool"
    channels = ChannelRule.SAME
    kernel = r"""
static void tp_average_pool(const int8_t *input, int8_t *output, const tp_window *window,
                            int32_t channels, int32_t input_zero_point, int32_t multiplier,
                            int32_t shift, int32_t zero_point)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            tp_mean(&view, output, channels, -view.rows * view.columns * input_zero_point,
                    multiplier, shift, zero_point);
            output += channels;
        }
    }
}
"""

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
        """The division by the number of pixels is part of the rescale."""
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
        """The exact integer result."""
        zero_point = scalars["input_zero_point"]
        seen = self.window.patches(inputs[0], zero_point)
        sums = seen.sum((-2, -1), np.int64) - self.window.area * zero_point
        steps = rescale(sums, scalars["multiplier"], scalars["shift"])
        return saturate(steps, scalars["zero_point"])

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        window = self.window.c_table(site.input_shapes[0], site.output_shape)
        sizes = ("&window", site.output_shape[2])
        scalars = site.named("input_zero_point", "multiplier", "shift", "zero_point")
        arguments = (site.inputs[0], site.output, *sizes, *scalars)
        return f"{{ {window} {c_statement('tp_average_pool', arguments)} }}"


def _regular(call: Call) -> Window:
    """The window of an adaptive pooling, where it is the same everywhere."""
    (_, *given), (_, *made) = call.input_shapes[0], call.shape
    axes = [_axis(size, count) for size, count in zip(given, made, strict=True)]
    if None in axes:
        problem = f"pools {given} pixels to {made} by windows of different sizes"
        raise unsupported(AveragePool.kind, call, f"{problem}; use an output_size that divides")
    down, right = ((1, 1), *axes)[-2:]
    assert down
    assert right
    return Window((down[0], right[0]), (down[1], right[1]))


def _axis(size: int, count: int) -> tuple[int, int] | None:
    """Kernel and stride of torch's adaptive windows, floor(i n / m) to ceil((i + 1) n / m)."""
    starts = [i * size // count for i in range(count)]
    kernels = {-(-(i + 1) * size // count) - start for i, start in enumerate(starts)}
    strides = {after - start for start, after in pairwise(starts)} or {1}
    return (kernels.pop(), strides.pop()) if len(kernels) == len(strides) == 1 else None
