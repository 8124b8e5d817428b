"""Any function of one value, as a table of its 256 results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, to_int8

Function = Callable[[NDArray[Any]], NDArray[Any]]

FUNCTIONS: dict[str, Function] = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "sigmoid": expit,
    "silu": lambda x: x * expit(x),
    "tanh": np.tanh,
}
"""By torch's name of the function; its module has the same name but for the case."""

UNIT = Quant(1 / 256, INT8_MIN)
"""Of results in [0, 1], whatever their observed range (the TFLite int8 specification)."""


@dataclass(frozen=True)
class Table(Op):
    """No weights; the constant `table` holds the result of each int8 value, from -128 up."""

    kind = "table"
    targets = frozenset(
        {*FUNCTIONS, "relu_", "sigmoid_", "tanh_"}
        | {"ReLU", "ReLU6", "Hardswish", "Hardsigmoid", "Sigmoid", "SiLU", "Tanh"}
    )
    channels = ChannelRule.SAME
    inplace = (0,)
    kernel = r"""
static void tp_table(const int8_t *input, int8_t *output, const int8_t *table, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        output[i] = table[input[i] + 128];
    }
}
"""

    function: str

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a function or its module; see Op."""
        return cls(call.target.lower().rstrip("_")), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        return cls(str(rng.choice(list(FUNCTIONS)))), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """None."""
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Bytes of the table."""
        return INT8_MAX - INT8_MIN + 1

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Fixed for the sigmoids, from the observed range for the others."""
        if self.function in ("sigmoid", "hardsigmoid"):
            return UNIT
        return super().output_quant(inputs, low, high)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """The nearest representable result of each representable value."""
        steps = np.arange(INT8_MIN, INT8_MAX + 1) - inputs[0].zero_point
        results = FUNCTIONS[self.function](steps * inputs[0].scale)
        return {"table": to_int8(results, output)}, {}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        results: NDArray[np.int8] = constants["table"][inputs[0].astype(np.int16) - INT8_MIN]
        return results

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        arguments = (site.inputs[0], site.output, site.constants["table"], prod(site.output_shape))
        return c_statement("tp_table", arguments)
