"""Rewrites of a traced network until every call has an integer operator."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tinypareto.graph.call import Call
from tinypareto.graph.op import Shape
from tinypareto.graph.ops.batch_norm import BatchNorm, gain_and_offset
from tinypareto.graph.ops.common import unsupported

Calls = tuple[Call, ...]

IDENTITIES = frozenset(
    {"Dropout", "Dropout1d", "Dropout2d", "dropout", "Identity", "contiguous", "detach", "clone"}
)
RESHAPES = frozenset({"Flatten", "flatten", "view", "reshape", "squeeze", "unsqueeze"})
FOLDABLE = frozenset({"Conv1d", "Conv2d", "Linear"})


def graph_shape(shape: Sequence[int]) -> Shape:
    """Torch's (C, H, W), (C, L) or (features,) as (height, width, channels)."""
    channels, *pixels = shape
    height, width = (1, 1, *pixels)[-2:]
    return height, width, channels


def drop_identities(calls: Calls) -> Calls:
    """Leave out what changes nothing at inference, such as dropout or (C, 1, 1) to (C,)."""
    alias: dict[str, str] = {}
    kept = []
    for call in calls:
        inputs = tuple(alias.get(name, name) for name in call.inputs)
        if _is_identity(call):
            alias[call.name] = inputs[0]
        else:
            kept.append(replace(call, inputs=inputs))
    return tuple(kept)


def _is_identity(call: Call) -> bool:
    if call.target in RESHAPES:
        return graph_shape(call.input_shapes[0]) == graph_shape(call.shape)
    return call.target in IDENTITIES


def fold_batch_norm(calls: Calls) -> Calls:
    """Scale the filters before a batch norm that nothing else reads."""
    return _fuse(calls, _with_batch_norm)


def _with_batch_norm(layer: Call, norm: Call) -> Call | None:
    if norm.target not in BatchNorm.targets or layer.target not in FOLDABLE:
        return None
    gain, offset = gain_and_offset(norm)
    weight = layer.weights["weight"]
    columns = (-1,) + (1,) * (weight.ndim - 1)
    weights = {
        "weight": (weight * gain.reshape(columns)).astype(np.float32),
        "bias": (layer.weights.get("bias", 0.0) * gain + offset).astype(np.float32),
    }
    return _merged(layer, norm, weights=weights)


def fold_flatten(calls: Calls) -> Calls:
    """Let a Linear read pixels in (height, width, channels) order instead of torch's.

    Raises:
        UnsupportedLayerError: Something other than a Linear reads flattened pixels.
    """
    flat = {call.name: call for call in calls if _is_flatten(call)}
    folded = [
        _unflattened(call, flat[call.inputs[0]])
        if call.target == "Linear" and call.inputs[0] in flat
        else call
        for call in calls
    ]
    read = {name for call in folded for name in call.inputs} | {folded[-1].name}
    for call in flat.values():
        if call.name in read:
            raise unsupported(
                call.target,
                call,
                f"only Linear layers can read pixels of shape {call.input_shapes[0]} flattened; "
                "put it directly before a Linear",
            )
    return tuple(call for call in folded if call.name not in flat)


def _is_flatten(call: Call) -> bool:
    return call.target in RESHAPES and len(call.shape) == 1 < len(call.input_shapes[0])


def _unflattened(linear: Call, flatten: Call) -> Call:
    weight, (shape,) = linear.weights["weight"], flatten.input_shapes
    columns = weight.reshape(len(weight), shape[0], -1).swapaxes(1, 2).reshape(weight.shape)
    weights = {**linear.weights, "weight": columns}
    return replace(linear, inputs=flatten.inputs, input_shapes=(shape,), weights=weights)


def order_factors(calls: Calls) -> Calls:
    """Put the gate of a product, or the offsets of a sum, second."""
    return tuple(
        replace(call, inputs=call.inputs[::-1], input_shapes=call.input_shapes[::-1])
        if call.target in ("add", "mul") and call.input_shapes[0] != call.shape
        else call
        for call in calls
    )


def _fuse(calls: Calls, combine: Callable[[Call, Call], Call | None]) -> Calls:
    """Merge pairs of calls of which only the second reads the first, where `combine` can."""
    readers = Counter(name for call in calls for name in call.inputs)
    made: dict[str, Call] = {}
    for call in calls:
        first = made.get(call.inputs[0]) if len(call.inputs) == 1 else None
        if first and readers[first.name] == 1 and (both := combine(first, call)):
            del made[first.name]
            call = both
        made[call.name] = call
    return tuple(made.values())


def _merged(first: Call, last: Call, **changes: Any) -> Call:
    """The first call with the name and output of the last, because ranges are observed there."""
    layer = first.layer or first.name
    return replace(first, name=last.name, shape=last.shape, layer=layer, **changes)
