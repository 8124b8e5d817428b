"""Rewrites of a traced network until every call has an integer operator."""

from collections.abc import Sequence
from dataclasses import replace

from tinypareto.graph.call import Call
from tinypareto.graph.op import Shape
from tinypareto.graph.ops.common import unsupported

Calls = tuple[Call, ...]

IDENTITIES = frozenset(
    {"Dropout", "Dropout1d", "Dropout2d", "dropout", "Identity", "contiguous", "detach", "clone"}
)
RESHAPES = frozenset({"Flatten", "flatten", "view", "reshape", "squeeze", "unsqueeze"})


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
