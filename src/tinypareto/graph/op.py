"""What an integer operator must say of itself: one operator = one file in `ops/`.

Tensors are int8 in (height, width, channels) layout; a series of length L is (1, L, channels) and
a vector (1, 1, features). Wherever a shape only feeds arithmetic, its channel count may also be an
integer array of shape (n,): the costs of n differently pruned networks are then computed at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.requantize import Quant, affine

Dim = Any
"""An int, or an integer array of shape (n,) where n networks are costed at once."""

Shape = tuple[Dim, Dim, Dim]
"""(height, width, channels)."""

Arrays = Mapping[str, NDArray[Any]]


class ChannelRule(Enum):
    """How the channels of an output follow from those of the inputs."""

    OWN = "own"  # the operator decides: convolution, linear
    SAME = "same"  # those of its only input: depthwise, pooling, element-wise
    MERGE = "merge"  # all inputs must keep the same channels: add, multiply
    CONCAT = "concat"  # one after the other


@dataclass(frozen=True)
class CSite:
    """Where a node stands in the generated C.

    Attributes:
        inputs: C expressions of type `const int8_t *`, one per input.
        output: C expression of type `int8_t *`.
        constants: C identifiers of the emitted arrays, by their name in the node.
        scalars: The node's integers, by name.
        input_shapes: Shapes of the inputs.
        output_shape: Shape of the output.
    """

    inputs: Sequence[str]
    output: str
    constants: Mapping[str, str]
    scalars: Mapping[str, int]
    input_shapes: Sequence[Shape]
    output_shape: Shape

    def named(self, *names: str) -> list[str | int]:
        """Arguments of the kernel: the array or the integer of each name."""
        arguments: Mapping[str, str | int] = {**self.constants, **self.scalars}
        return [arguments[name] for name in names]


class Op(ABC):
    """An operator: a frozen dataclass of structural attributes, without any array.

    Class attributes:
        kind: Name of the operator, a C identifier.
        channels: How output channels follow from input channels.
        inplace: Inputs that the output may overwrite, where they are as large.
        kernel: C99 text of the static function that `c_call` calls; self-contained but for
            `ops.common.COMMON`.
    """

    kind: ClassVar[str]
    channels: ClassVar[ChannelRule]
    inplace: ClassVar[tuple[int, ...]] = ()
    kernel: ClassVar[str]

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Whether this operator stands for the call, which has it in its record (`TORCH_CALLS`)."""
        return True

    @classmethod
    @abstractmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """The operator and its float weights, in the graph's layout.

        Raises:
            UnsupportedLayerError: An attribute of the call has no integer counterpart.
        """

    @classmethod
    @abstractmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A small random case for the conformance tests.

        Returns:
            The operator, its float weights and the shapes of its inputs.
        """

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""

    @abstractmethod
    def macs(self, *inputs: Shape) -> Dim:
        """Multiply-accumulates of one inference."""

    @abstractmethod
    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Bytes of the arrays that `quantize` will make, known before any weight is."""

    def scratch_bytes(self, *inputs: Shape) -> int:
        """Most bytes of buffers that `c_call` keeps on the stack, on whatever core."""
        return 0

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """What the time of the kernel is about linear in, for the prediction of latency.

        Whatever the operator, in the same order: input values, output values, products.
        """
        made = prod(self.output_shape(*inputs))
        return sum(prod(shape) for shape in inputs), made, self.macs(*inputs)

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Quantization of the output, from the observed range [low, high] unless it is given."""
        return affine(low, high)

    @abstractmethod
    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """The integer arrays to emit and the scalars to pass."""

    @abstractmethod
    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result; inputs and output (batch, height, width, channels)."""

    @abstractmethod
    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
