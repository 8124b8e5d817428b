"""Maximum over a sliding window. Padding never wins: it counts as the least int8 value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import DataMovement, Pooling
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import INT8_MIN


@dataclass(frozen=True)
class MaxPool(Pooling, DataMovement):
    """Maximum pooling; it has no weights and keeps the quantization of its input."""

    kind = "max_pool"
    channels = ChannelRule.SAME
    kernel = kernel_text("max_pool.c")

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
        """Compute the exact integer result."""
        largest: NDArray[np.int8] = self.window.patches(inputs[0], INT8_MIN).max((-2, -1))
        return largest

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        window = self.window.c_table(context.input_shapes[0], context.output_shape)
        arguments = (context.inputs[0], context.output, "&window", context.output_shape[2])
        return f"{{ {window} {c_statement('tp_max_pool', arguments)} }}"
