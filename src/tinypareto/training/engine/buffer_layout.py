"""Places all values and gradients of a network in one block of memory."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinypareto.training.engine.calls import TracedCall, TracedCalls
from tinypareto.training.engine.compiled_steps import (
    ALIAS,
    FLAT,
    KINDS,
    BeyondError,
    CStep,
    Shape,
    build_step,
)

PAST = 16
"""Number of values that kernels may read beyond the end of a tensor, and one more."""
LINE = 16
"""Number of values in a cache line."""
_OPTIONAL_GRADIENT = ("dense", "convolution", "product", "sum")
"""Kinds of steps that can leave out the gradient of their first input."""


@dataclass
class PlacedStep:
    """A step with its values and gradients as offsets into the memory.

    Attributes:
        step: The step, its pointers into the memory not yet set.
        inputs: Numbers of the values that it reads.
        active: For each of them, whether it needs a gradient.
        output: Number of its result.
        offsets: Offsets in floats, by the name of the step's pointer.
    """

    step: CStep
    inputs: tuple[int, ...]
    active: tuple[bool, ...]
    output: int
    offsets: dict[str, int] = field(default_factory=dict)


class Layout:
    """The memory of a network whose sizes are known.

    Args:
        traced: Its calls.
        kinds: Kind of the step of each call, `ALIAS` or `FLAT`.
        shape: Shape of the input.
        cases: Number of cases in the largest batch.

    Attributes:
        placed: The steps in execution order.
        floats: Size of the memory in floats.
        input: Offset of the input.
        output: Offset of the result.
        output_gradient: Offset of the gradient of the result.
        classes: Number of values of the result for one case.

    Raises:
        BeyondError: A call has a shape that no step handles.
    """

    def __init__(self, traced: TracedCalls, kinds: Sequence[str], shape: Shape, cases: int) -> None:
        self.cases, self.floats = cases, 0
        self.placed: list[PlacedStep] = []
        self._roots, self._shapes = {0: 0}, {0: shape}
        self.input = self._take(shape.floats * cases)
        self._values = {0: self.input}
        for call, kind in zip(traced.calls, kinds, strict=True):
            self._place(call, kind)
        root = self._roots[traced.output]
        self.output, self.classes = self._values[root], self._shapes[root].floats
        if self._shapes[root].pixels > 1:
            raise BeyondError
        self.output_gradient = self._gradients(root)

    def reserve(self, room_floats: Callable[[Any], int]) -> None:
        """Reserve the scratch memory that all steps share.

        Args:
            room_floats: Tells how many floats of scratch memory a step needs.
        """
        needs = [room_floats(ctypes.byref(placed.step)) for placed in self.placed]
        room = self._take(max(needs, default=0))
        for placed in self.placed:
            placed.offsets["room"] = room

    def _take(self, floats: int) -> int:
        """Reserve memory and return its offset."""
        start = self.floats
        self.floats += -(-(floats + PAST) // LINE) * LINE
        return start

    def _place(self, call: TracedCall, kind: str) -> None:
        """Place the result of a call, or let it share the memory of its input."""
        inputs, active = tuple(self._roots[number] for number in call.inputs), call.active
        if kind in (ALIAS, FLAT):
            if kind == FLAT and self._shapes[inputs[0]].pixels > 1:
                raise BeyondError
            self._roots[call.output] = inputs[0]
            return
        shapes = [self._shapes[number] for number in inputs]
        if len(inputs) == 2 and shapes[0].pixels < shapes[1].pixels:
            inputs, active, shapes = inputs[::-1], active[::-1], shapes[::-1]
        step, result = build_step(kind, call, shapes[0])
        if len(inputs) == 2:
            step.z_pixels = _broadcast(*shapes)
        placed = PlacedStep(step, inputs, active, call.output)
        operands = zip("xz", inputs, strict=False)
        placed.offsets |= {name: self._values[number] for name, number in operands}
        if kind == "norm":
            placed.offsets["kept"] = self._take(2 * result.channels)
        placed.offsets["y"] = self._take(result.floats * self.cases)
        self._roots[call.output], self._shapes[call.output] = call.output, result
        self._values[call.output] = placed.offsets["y"]
        self.placed.append(placed)

    def _gradients(self, output: int) -> int:
        """Place the gradients in reverse execution order and return the offset of the output's.

        Memory whose gradient is no longer needed is used again. A gradient that several steps
        contribute to is written to spare memory (`by_x`) and added to the earlier sum (`add_x`).
        """
        spare = self._take(max(shape.floats for shape in self._shapes.values()) * self.cases)
        free: dict[int, list[int]] = {}

        def take(number: int) -> int:
            floats = self._shapes[number].floats
            known[number] = (
                free[floats].pop() if free.get(floats) else self._take(floats * self.cases)
            )
            return known[number]

        known: dict[int, int] = {}
        first = take(output)
        for placed in reversed(self.placed):
            if placed.output not in known:
                raise BeyondError
            placed.offsets["by_y"] = known[placed.output]
            for name, number, active in zip("xz", placed.inputs, placed.active, strict=False):
                if active and number in known:
                    placed.offsets |= {f"by_{name}": spare, f"add_{name}": known[number]}
                elif active:
                    placed.offsets[f"by_{name}"] = take(number)
                elif name == "x" and KINDS[placed.step.kind] not in _OPTIONAL_GRADIENT:
                    placed.offsets["by_x"] = spare
            free.setdefault(self._shapes[placed.output].floats, []).append(known.pop(placed.output))
        return first


def _broadcast(x: Shape, z: Shape) -> int:
    """Number of pixels of z, which is as large as x or has one value for each channel of x."""
    if z not in (x, Shape(x.channels)):
        raise BeyondError
    return z.pixels
