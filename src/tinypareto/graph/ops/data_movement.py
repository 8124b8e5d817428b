"""What operators without arrays have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.op import Arrays, Dim, Op, Shape
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant


class Weightless(Op):
    """No arrays; only products of weights and tensors count as multiply-accumulates."""

    def macs(self, *inputs: Shape) -> Dim:
        """None."""
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """No arrays."""
        return 0


class Moving(Weightless):
    """Values of the input at other places, in its quantization."""

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """That of the input."""
        return inputs[0]

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Neither arrays nor scalars."""
        return {}, {}


@dataclass(frozen=True)
class Pooling(Weightless):
    """One value for each window."""

    window: Window

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        window, size = Window.example(rng)
        return cls(window), {}, ((*size, int(rng.integers(1, 9))),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return (*self.window.output(inputs[0]), inputs[0][2])
