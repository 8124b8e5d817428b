"""Softmax over the channels of every pixel, in integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.table import UNIT
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant

ONE = 2**20
"""The exponential of zero, in fixed point."""

PARTS = 256
"""Largest number of steps in a share of 1: those of `UNIT`; ONNX Runtime takes 255."""

MOST = 2**30 // ONE
"""Largest number of channels: twice the sum of their exponentials must stay within int32."""


@dataclass(frozen=True)
class Softmax(Op):
    """No weights; the constant `exponentials` holds exp(-d * scale) for differences d = 0 .. 255.

    The exponentials are looked up by the distance to the largest channel; the share of each in
    their sum is then rounded to the nearest step of the output.
    """

    kind = "softmax"
    channels = ChannelRule.SAME
    inplace = (0,)
    kernel = kernel_text("softmax.c")

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a softmax over the channels; see Op."""
        (shape,), dim = call.input_shapes, call.attributes.get("dim")
        axes = len(shape) + 1
        # Without `dim` torch takes axis 0 of three axes, and axis 1 of two or four.
        axis = (0 if axes == 3 else 1) if dim is None else dim % axes
        if axis != 1:
            problem = f"dim={dim} on shape {shape}; wanted dim=1, the channels"
            raise unsupported(cls.kind, call, problem)
        if shape[0] > MOST:
            raise unsupported(cls.kind, call, f"{shape[0]} channels; wanted at most {MOST}")
        return cls(), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        height, width = (int(size) for size in rng.integers(1, 5, 2))
        channels = int(rng.integers(1, 20)) if rng.integers(4) else MOST
        return cls(), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output, that of the input."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """Zero: there are no products."""
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Bytes of the table of exponentials."""
        return 4 * (INT8_MAX - INT8_MIN + 1)

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """The fixed quantization of shares."""
        return UNIT

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """The table of exponentials, and the number of steps in a share of 1.

        Raises:
            OverflowError: The output starts at another value than 0, or its steps are too small.
        """
        parts = round(1 / output.scale)
        if output.zero_point != INT8_MIN or not 1 <= parts <= PARTS:
            raise OverflowError(f"its output has {output}, wanted {UNIT}")
        differences = np.arange(INT8_MAX - INT8_MIN + 1)
        table = np.rint(ONE * np.exp(-differences * inputs[0].scale)).astype(np.int32)
        return {"exponentials": table}, {"parts": parts}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        steps = inputs[0].astype(np.int64)
        shares = constants["exponentials"][steps.max(-1, keepdims=True) - steps].astype(np.int64)
        parts = (shares * scalars["parts"]) >> 8
        halves = 2 * PARTS * parts // shares.sum(-1, keepdims=True)
        values: NDArray[np.int64] = ((halves + 1) >> 1) + INT8_MIN
        return np.minimum(values, INT8_MAX).astype(np.int8)

    def c_call(self, context: CNodeContext) -> str:
        """The C statement that computes the node."""
        height, width, channels = context.output_shape
        table, parts = context.constants["exponentials"], context.scalars["parts"]
        arguments = (table, height * width, channels, parts)
        return c_statement("tp_softmax", (context.inputs[0], context.output, *arguments))
