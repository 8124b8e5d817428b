"""Interface of an integer operator; each operator is one file in `ops/`.

Tensors are int8 in (height, width, channels) layout. A series of length L is (1, L, channels), and
a vector is (1, 1, features). Wherever a shape is used only in arithmetic, its channel count may
also be an integer array of shape (n,): the costs of n differently pruned networks are then computed
at once.
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
"""An int, or an integer array of shape (n,) if n networks are costed at once."""

Shape = tuple[Dim, Dim, Dim]
"""(height, width, channels)."""

Arrays = Mapping[str, NDArray[Any]]


class ChannelRule(Enum):
    """Rule by which the channels of the output follow from those of the inputs."""

    OWN = "own"  # decided by the operator: convolution, linear
    SAME = "same"  # equal to those of its only input: depthwise, pooling, element-wise
    MERGE = "merge"  # the same channels in all inputs: add, multiply
    CONCAT = "concat"  # those of the inputs, one after the other


@dataclass(frozen=True)
class CNodeContext:
    """Context of a node in the generated C: the expressions and names to use in its call.

    Attributes:
        inputs: C expressions of type `const int8_t *`, one per input.
        output: C expression of type `int8_t *`.
        constants: C identifiers of the emitted arrays, by their name in the node.
        scalars: Scalars of the node, by name.
        input_shapes: Shapes of the inputs.
        output_shape: Shape of the output.
        workspace: C expression of type `int8_t *` for `Op.workspace_bytes` bytes at a multiple of
            4; empty if the operator needs none.
    """

    inputs: Sequence[str]
    output: str
    constants: Mapping[str, str]
    scalars: Mapping[str, int]
    input_shapes: Sequence[Shape]
    output_shape: Shape
    workspace: str = ""

    def named(self, *names: str) -> list[str | int]:
        """Look up arguments of the kernel: the array or the scalar of each name."""
        arguments: Mapping[str, str | int] = {**self.constants, **self.scalars}
        return [arguments[name] for name in names]


class Op(ABC):
    """An operator: a frozen dataclass of structural attributes, without any arrays.

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
        """Make the operator and its float weights, in the graph's layout.

        Raises:
            UnsupportedLayerError: An attribute of the call has no integer counterpart.
        """

    @classmethod
    @abstractmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case for the conformance tests.

        Returns:
            The operator, its float weights and the shapes of its inputs.
        """

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""

    @abstractmethod
    def macs(self, *inputs: Shape) -> Dim:
        """Count the multiply-accumulates of one inference."""

    @abstractmethod
    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the arrays that `quantize` will return, from the shapes alone."""

    def scratch_bytes(self, *inputs: Shape) -> int:
        """Largest number of bytes that the buffers of `c_call` take on the stack of any core."""
        return 0

    def workspace_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the arena that `c_call` works in besides inputs and output."""
        return 0

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """Quantities in which the kernel's time is roughly linear, for the prediction of latency.

        Returns:
            Number of input values, of output values and of products, in this order for every
            operator.
        """
        outputs = prod(self.output_shape(*inputs))
        return sum(prod(shape) for shape in inputs), outputs, self.macs(*inputs)

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Choose the quantization of the output.

        By default it covers the observed range [low, high]; an operator whose output must share the
        scale of an input, or has a fixed one, overrides this.
        """
        return affine(low, high)

    @abstractmethod
    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Quantize the weights to the integer arrays to emit and the scalars of the kernel."""

    @abstractmethod
    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result; all tensors are (batch, height, width, channels)."""

    @abstractmethod
    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
