"""Where in one block of memory the steps of a network find everything."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinypareto.training.engine.calls import Entries, Entry
from tinypareto.training.engine.compiled_steps import (
    ALIAS,
    FLAT,
    KINDS,
    BeyondError,
    CStep,
    Shape,
    step_of,
)

PAST = 16
"""Values that kernels may read beyond the end of a tensor, and one more."""
LINE = 16
"""Values in a cache line."""
_SPARING = ("dense", "convolution", "product", "sum")
"""What makes no gradient by its first input where none is needed."""


@dataclass
class Placed:
    """A step; its values and gradients as offsets in floats, by name.

    Attributes:
        step: Without pointers into the memory.
        inputs: Places of the values that it reads.
        active: Which of them need gradients.
        output: Place of its result.
        offsets: By the name of the pointer.
    """

    step: CStep
    inputs: tuple[int, ...]
    active: tuple[bool, ...]
    output: int
    offsets: dict[str, int] = field(default_factory=dict)


class Layout:
    """The memory of a network whose sizes are known.

    Args:
        entries: Its calls.
        kinds: Of each, as `kind_of` says.
        shape: Of the input.
        cases: Most in a batch.

    Attributes:
        placed: The steps, in their order.
        floats: Values in all.
        input: Offset of the input.
        output: Of the result.
        by_output: Of its gradient.
        classes: Values of the result, per case.

    Raises:
        BeyondError: Some shape is one that no step takes.
    """

    def __init__(self, entries: Entries, kinds: Sequence[str], shape: Shape, cases: int) -> None:
        self.cases, self.floats = cases, 0
        self.placed: list[Placed] = []
        self._roots, self._shapes = {0: 0}, {0: shape}
        self.input = self._take(shape.floats * cases)
        self._values = {0: self.input}
        for entry, kind in zip(entries.calls, kinds, strict=True):
            self._place(entry, kind)
        root = self._roots[entries.output]
        self.output, self.classes = self._values[root], self._shapes[root].floats
        if self._shapes[root].pixels > 1:
            raise BeyondError
        self.by_output = self._gradients(root)

    def reserve(self, room_floats: Callable[[Any], int]) -> None:
        """Room that all steps share, as much as the most demanding one asks for."""
        needs = [room_floats(ctypes.byref(placed.step)) for placed in self.placed]
        room = self._take(max(needs, default=0))
        for placed in self.placed:
            placed.offsets["room"] = room

    def _take(self, floats: int) -> int:
        """The offset of as many values."""
        start = self.floats
        self.floats += -(-(floats + PAST) // LINE) * LINE
        return start

    def _place(self, entry: Entry, kind: str) -> None:
        inputs, active = tuple(self._roots[at] for at in entry.inputs), entry.active
        if kind in (ALIAS, FLAT):
            if kind == FLAT and self._shapes[inputs[0]].pixels > 1:
                raise BeyondError
            self._roots[entry.output] = inputs[0]
            return
        shapes = [self._shapes[at] for at in inputs]
        if len(inputs) == 2 and shapes[0].pixels < shapes[1].pixels:
            inputs, active, shapes = inputs[::-1], active[::-1], shapes[::-1]
        step, made = step_of(kind, entry, shapes[0])
        if len(inputs) == 2:
            step.z_pixels = _broadcast(*shapes)
        placed = Placed(step, inputs, active, entry.output)
        placed.offsets |= {name: self._values[at] for name, at in zip("xz", inputs, strict=False)}
        if kind == "norm":
            placed.offsets["kept"] = self._take(2 * made.channels)
        placed.offsets["y"] = self._take(made.floats * self.cases)
        self._roots[entry.output], self._shapes[entry.output] = entry.output, made
        self._values[entry.output] = placed.offsets["y"]
        self.placed.append(placed)

    def _gradients(self, output: int) -> int:
        """Where each step reads and writes them; what is free again is used again."""
        spare = self._take(max(shape.floats for shape in self._shapes.values()) * self.cases)
        free: dict[int, list[int]] = {}

        def take(place: int) -> int:
            floats = self._shapes[place].floats
            known[place] = (
                free[floats].pop() if free.get(floats) else self._take(floats * self.cases)
            )
            return known[place]

        known: dict[int, int] = {}
        first = take(output)
        for placed in reversed(self.placed):
            if placed.output not in known:
                raise BeyondError
            placed.offsets["by_y"] = known[placed.output]
            for name, at, active in zip("xz", placed.inputs, placed.active, strict=False):
                if active and at in known:
                    placed.offsets |= {f"by_{name}": spare, f"add_{name}": known[at]}
                elif active:
                    placed.offsets[f"by_{name}"] = take(at)
                elif name == "x" and KINDS[placed.step.kind] not in _SPARING:
                    placed.offsets["by_x"] = spare
            free.setdefault(self._shapes[placed.output].floats, []).append(known.pop(placed.output))
        return first


def _broadcast(x: Shape, z: Shape) -> int:
    """Pixels of z, whose values go with those of x."""
    if z not in (x, Shape(x.channels)):
        raise BeyondError
    return z.pixels
