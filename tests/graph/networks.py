"""Random networks of weightless operators, for the tests of the plan and of the costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import hypothesis.strategies as st
import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.requantize import Quant


class FakeOp(Op):
    """An operator of which only the shapes matter."""

    kernel: ClassVar[str] = ""

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        raise AssertionError

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        raise AssertionError

    def macs(self, *inputs: Shape) -> Dim:
        return 0

    def constant_bytes(self, *inputs: Shape) -> Dim:
        return 0

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        raise AssertionError

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        raise AssertionError

    def c_call(self, context: CNodeContext) -> str:
        raise AssertionError


@dataclass(frozen=True)
class Mix(FakeOp):
    """Mixes all inputs into its own number of channels, like a 1x1 convolution."""

    kind: ClassVar[str] = "mix"
    channels: ClassVar[ChannelRule] = ChannelRule.OWN
    out_channels: Dim = 1
    working: int = 0

    def workspace_bytes(self, *inputs: Shape) -> Dim:
        return self.working

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:2], self.out_channels)

    def macs(self, *inputs: Shape) -> Dim:
        return sum(h * w * c for h, w, c in inputs) * self.out_channels

    def constant_bytes(self, *inputs: Shape) -> Dim:
        return sum(c for _, _, c in inputs) * self.out_channels


@dataclass(frozen=True)
class Overwrite(FakeOp):
    """Works element by element on its first input, in place."""

    kind: ClassVar[str] = "overwrite"
    channels: ClassVar[ChannelRule] = ChannelRule.SAME
    inplace: ClassVar[tuple[int, ...]] = (0,)

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


class Merge(Overwrite):
    """Works element by element on two inputs of the same shape, in place of either."""

    kind: ClassVar[str] = "merge"
    channels: ClassVar[ChannelRule] = ChannelRule.MERGE
    inplace: ClassVar[tuple[int, ...]] = (0, 1)


KINDS: tuple[type[Op], ...] = (Mix, Overwrite, Merge)


@st.composite
def networks(draw: st.DrawFn, candidates: int = 1) -> list[Graph]:
    """The same structure `candidates` times, each with other channel counts, then all at once."""
    count = draw(st.integers(1, 12))
    names, ops, inputs = ["x"], list[type[Op]](), list[tuple[str, ...]]()
    working = draw(st.lists(st.sampled_from([0, 0, 7, 200]), min_size=count, max_size=count))
    owner = {"x": "x"}
    for index in range(count):
        op: type[Op] = draw(st.sampled_from(KINDS))
        # Mostly recent tensors, as in a real network, and some skips.
        reach = draw(st.sampled_from([1, 1, 2, 4, 12]))
        fan_in = draw(st.integers(1, 3))
        reads = [draw(st.sampled_from(names[-reach:])) for _ in range(fan_in)]
        if op is Merge:
            alike = [name for name in names if owner[name] == owner[reads[0]]]
            reads = [reads[0], draw(st.sampled_from(alike))]
        name = f"t{index}"
        owner[name] = name if op is Mix else owner[reads[0]]
        inputs.append(tuple(reads))
        ops.append(op)
        names.append(name)
    widths = np.array(
        draw(
            st.lists(
                st.lists(st.integers(1, 40), min_size=count, max_size=count),
                min_size=candidates,
                max_size=candidates,
            )
        ),
        np.int64,
    )

    def graph(channels: Sequence[Dim]) -> Graph:
        nodes = (
            Node(name, Mix(width, room) if op is Mix else op(), reads)
            for name, op, reads, width, room in zip(
                names[1:], ops, inputs, channels, working, strict=True
            )
        )
        return Graph("x", (2, 3, 4), tuple(nodes))

    return [*(graph([int(width) for width in row]) for row in widths), graph(list(widths.T))]
