"""Maximum over a sliding window; the padding never counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import Moving, Pooling
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import INT8_MIN


@dataclass(frozen=True)
class MaxPool(Pooling, Moving):
    """No weights; keeps the quantization of its input."""

    kind = "max_pool"
    channels = ChannelRule.SAME
    kernel = r"""
static void tp_larger(int8_t *values, const int8_t *others, int32_t count)
{
#if TP_DSP
    for (; count >= 4; count -= 4) {
        uint32_t word, other, most;
        __builtin_memcpy(&word, values, 4);
        __builtin_memcpy(&other, others, 4);
        __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2"
                : "=&r"(most)
                : "r"(word), "r"(other)
                : "cc");
        __builtin_memcpy(values, &most, 4);
        values += 4;
        others += 4;
    }
#endif
    for (int32_t i = 0; i < count; i++) {
        values[i] = (int8_t)tp_max(values[i], others[i]);
    }
}

static void tp_max_pool(const int8_t *input, int8_t *output, const tp_window *window,
                        int32_t channels)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            tp_fill(output, -128, channels);
            for (int32_t i = 0; i < view.rows; i++) {
                for (int32_t j = 0; j < view.columns; j++) {
                    tp_larger(output, view.first + i * view.down + j * view.right, channels);
                }
            }
            output += channels;
        }
    }
}
"""

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a maximum pooling; see Op."""
        for name in ("ceil_mode", "return_indices"):
            if call.attributes.get(name, False):
                problem = f"{name}=True has no integer counterpart; leave it out"
                raise unsupported(cls.kind, call, problem)
        return cls(Window.from_call(call)), {}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        most: NDArray[np.int8] = self.window.patches(inputs[0], INT8_MIN).max((-2, -1))
        return most

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        window = self.window.c_table(site.input_shapes[0], site.output_shape)
        arguments = (site.inputs[0], site.output, "&window", site.output_shape[2])
        return f"{{ {window} {c_statement('tp_max_pool', arguments)} }}"
