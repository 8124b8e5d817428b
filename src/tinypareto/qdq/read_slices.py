"""Reads ONNX nodes that take a part of the pixels."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from tinypareto.graph.call import Call
from tinypareto.qdq.node_context import OnnxNodeContext, Shape


def read_gather(context: OnnxNodeContext) -> Iterable[Call]:
    """Read a Gather of one pixel, such as the last one of a series."""
    if len(context.inputs) != 1 or not context.parameters.known(context.node.inputs[1]):
        raise context.refused("wanted constant indices into a computed tensor")
    index, rank = np.asarray(context.value(1)), len(context.shapes[0]) + 1
    axis = context.get("axis", 0) % rank
    if index.size != 1:
        raise context.refused(f"takes {index.size} pixels, wanted one; use a Slice")
    size = (0, *context.shapes[0])[axis]
    start = int(index.item()) % max(size, 1)
    (cut,) = _cut(context, {axis: (start, start + 1)})
    yield cut
    if cut.shape != context.shape:
        name = f"{context.node.name}:0"
        yield Call(name, "squeeze", (cut.name,), {}, {}, (cut.shape,), context.shape)


def read_slice(context: OnnxNodeContext) -> Iterable[Call]:
    """Read a Slice of pixels without steps."""
    starts, ends, axes, steps = (
        context.get(name, context.value(index))
        for index, name in enumerate(("starts", "ends", "axes", "steps"), 1)
    )
    if steps is not None and (np.asarray(steps) != 1).any():
        raise context.refused(f"got steps {np.ravel(steps).tolist()}, wanted 1")
    sizes = (0, *context.shapes[0])
    bounds = {}
    for place, (start, end) in enumerate(zip(np.ravel(starts), np.ravel(ends), strict=True)):
        axis = place if axes is None else int(np.ravel(axes)[place]) % len(sizes)
        bounds[axis] = slice(int(start), int(end)).indices(sizes[axis])[:2]
    return _cut(context, bounds)


def _cut(context: OnnxNodeContext, bounds: dict[int, tuple[int, int]]) -> list[Call]:
    """A call that keeps the pixels from start to stop of each axis; axis 0 is the batch."""
    (shape,) = context.shapes
    whole = bounds.get(1, (0, shape[0])) == (0, shape[0])
    if 0 in bounds or not whole:
        raise context.refused("takes a part of the batch or of the channels, wanted pixels")
    kept: Shape = shape
    pads: list[Any] = []
    for axis in range(len(shape), 1, -1):
        size = shape[axis - 1]
        start, stop = bounds.get(axis, (0, size))
        pads += [-start, stop - size]
        kept = (*kept[: axis - 1], stop - start, *kept[axis:])
    return [replace(context.call("pad", pad=tuple(pads)), shape=kept)]
