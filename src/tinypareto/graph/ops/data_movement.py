"""Base classes of operators without arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.op import Arrays, Dim, Op, Shape
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant


class Weightless(Op):
    """An operator without weights or other constant arrays, and without multiply-accumulates.

    Only products of two tensors, or of a tensor and weights, count as multiply-accumulates.
    """

    def macs(self, *inputs: Shape) -> Dim:
        """Count no multiply-accumulates."""
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count no bytes: there are no arrays."""
        return 0


class DataMovement(Weightless):
    """An operator that only moves values of its input, and so keeps its quantization."""

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Keep the quantization of the input."""
        return inputs[0]

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Return neither arrays nor scalars: the kernel only moves bytes."""
        return {}, {}


@dataclass(frozen=True)
class Pooling(Weightless):
    """An operator that computes one value per position of a sliding window and channel.

    Attributes:
        window: The sliding window.
    """

    window: Window

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        window, size = Window.example(rng)
        return cls(window), {}, ((*size, int(rng.integers(1, 9))),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (*self.window.output(inputs[0]), inputs[0][2])
