"""Element-wise functions, as tables of their 256 results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, to_int8

Function = Callable[..., Any]

FUNCTIONS: dict[str, Function] = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "sigmoid": lambda x: expit(x),
    "silu": lambda x: x * expit(x),
    "tanh": lambda x: np.tanh(x),
    "gelu": lambda x: x * ndtr(x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "leakyrelu": lambda x, negative_slope=0.01: np.where(x > 0, x, x * negative_slope),
    "elu": lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "hardtanh": lambda x, min_val=-1.0, max_val=1.0: np.clip(x, min_val, max_val),
    "clamp": lambda x, min=None, max=None: np.clip(x, min, max),
    "neg": lambda x: -x,
    "add": lambda x, other=0.0: x + other,
    "sub": lambda x, other=0.0: x - other,
    "rsub": lambda x, other=0.0: other - x,
    "mul": lambda x, other=1.0: x * other,
    "div": lambda x, other=1.0: x / other,
}
"""Functions by their lower-case name in torch; their arguments have torch's names too."""

SCALAR = frozenset({"add", "sub", "mul", "div"})
"""Arithmetic that a table computes if the second operand is a number instead of a tensor."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1, "threshold": 20},
}
"""Arguments that must have torch's default values."""

UNIT = Quant(1 / 256, INT8_MIN)
"""Quantization of results in [0, 1], as fixed by the TFLite int8 specification."""


@dataclass(frozen=True)
class Table(Op):
    """A function of one value, tabulated: the constant `table` holds the results of -128 to 127.

    Attributes:
        function: Key in `FUNCTIONS`.
        arguments: Keyword arguments of the function.
        before: Table whose function is applied first, merged into this one.
    """

    kind = "table"
    channels = ChannelRule.SAME
    inplace = (0,)
    kernel = kernel_text("table.c")

    function: str
    arguments: tuple[tuple[str, float], ...] = ()
    before: "Table | None" = None

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a function or its module, or arithmetic with a number; see Op."""
        name, arguments = call.target.lower().replace("_", ""), dict(call.attributes)
        if name in SCALAR:
            name, arguments = _with_number(call)
        for key, wanted in DEFAULTS.get(name, {}).items():
            if arguments.get(key, wanted) != wanted:
                problem = f"{key}={arguments[key]!r} has no integer counterpart; use {wanted!r}"
                raise unsupported(cls.kind, call, problem)
        known = list(signature(FUNCTIONS[name]).parameters)[1:]
        numbers = [(key, float(arguments[key])) for key in known if arguments.get(key) is not None]
        return cls(name, tuple(numbers)), {}

    def evaluate(self, x: NDArray[Any]) -> NDArray[Any]:
        """Compute the real function, that of `before` included, of real values of any shape."""
        inner = x if self.before is None else self.before.evaluate(x)
        values: NDArray[Any] = FUNCTIONS[self.function](inner, **dict(self.arguments))
        return values

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        return cls(str(rng.choice(list(FUNCTIONS)))), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """Count no multiply-accumulates."""
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the table."""
        return INT8_MAX - INT8_MIN + 1

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Return the fixed quantization of a sigmoid, or one for the observed range."""
        if self.function in ("sigmoid", "hardsigmoid"):
            return UNIT
        return super().output_quant(inputs, low, high)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Tabulate the nearest representable result of each representable value."""
        steps = np.arange(INT8_MIN, INT8_MAX + 1) - inputs[0].zero_point
        return {"table": to_int8(self.evaluate(steps * inputs[0].scale), output)}, {}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        results: NDArray[np.int8] = constants["table"][inputs[0].astype(np.int16) - INT8_MIN]
        return results

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        arguments = (
            context.inputs[0],
            context.output,
            context.constants["table"],
            prod(context.output_shape),
        )
        return c_statement("tp_table", arguments)


def _with_number(call: Call) -> tuple[str, dict[str, Any]]:
    """Read name and argument of the arithmetic between a tensor and a number, on either side."""
    arguments, name = call.attributes, call.target
    swapped = "other" not in arguments
    number = arguments.get("input" if swapped else "other")
    plain = arguments.get("alpha", 1) == 1 and arguments.get("rounding_mode") is None
    if len(call.inputs) != 1 or not plain or not isinstance(number, int | float):
        problem = f"got {dict(arguments)}, wanted a tensor and a number, or two tensors"
        raise unsupported(name, call, f"{problem} to add or multiply; compute the rest in layers")
    if swapped and name == "div":
        raise unsupported(name, call, "divides by a tensor; multiply by another one instead")
    return "rsub" if swapped and name == "sub" else name, {"other": number}
