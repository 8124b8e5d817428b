"""Rewrites of a traced network until every call has an integer operator."""

from collections.abc import Sequence
from dataclasses import replace

from tinypareto.graph.call import Call
from tinypareto.graph.op import Shape
from tinypareto.graph.ops import torch_call
from tinypareto.graph.ops.common import unsupported
from tinypareto.graph.torch_call import Role

Calls = tuple[Call, ...]


def graph_shape(shape: Sequence[int]) -> Shape:
    """Torch's (C, H, W), (C, L) or (features,) as (height, width, channels)."""
    channels, *pixels = shape
    height, width = (1, 1, *pixels)[-2:]
    return height, width, channels


def has_role(call: Call, role: Role) -> bool:
    """Whether the record of a call has this role."""
    record = torch_call(call.target)
    return record is not None and record.role is role


def drop_identities(calls: Calls) -> Calls:
    """Leave out calls that change nothing at inference, such as dropout or (C, 1, 1) to (C,)."""
    alias: dict[str, str] = {}
    remaining = []
    for call in calls:
        inputs = tuple(alias.get(name, name) for name in call.inputs)
        if _is_identity(call):
            alias[call.name] = inputs[0]
        else:
            remaining.append(replace(call, inputs=inputs))
    return tuple(remaining)


def _is_identity(call: Call) -> bool:
    if has_role(call, Role.RESHAPE):
        return graph_shape(call.input_shapes[0]) == graph_shape(call.shape)
    return has_role(call, Role.IDENTITY)


def fold_flatten(calls: Calls) -> Calls:
    """Let a Linear read pixels in (height, width, channels) order instead of torch's.

    Raises:
        UnsupportedLayerError: A call other than a Linear reads flattened pixels, or pixels are
            reshaped to other pixels.
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
    remaining = tuple(call for call in folded if call.name not in flat)
    for call in remaining:
        if has_role(call, Role.RESHAPE):
            problem = f"turns {call.input_shapes[0]} into {call.shape}"
            raise unsupported(
                call.target,
                call,
                f"{problem}, which moves values between channels and pixels; "
                "only flattening before a Linear and axes of size 1 have an integer counterpart",
            )
    return remaining


def _is_flatten(call: Call) -> bool:
    return has_role(call, Role.RESHAPE) and len(call.shape) == 1 < len(call.input_shapes[0])


def _unflattened(linear: Call, flatten: Call) -> Call:
    """The Linear with its columns in the order of the graph's pixels."""
    weight, (shape,) = linear.weights["weight"], flatten.input_shapes
    # Torch flattens (C, H, W) channel by channel; the graph stores a pixel's channels together.
    columns = weight.reshape(len(weight), shape[0], -1).swapaxes(1, 2).reshape(weight.shape)
    weights = {**linear.weights, "weight": columns}
    return replace(linear, inputs=flatten.inputs, input_shapes=(shape,), weights=weights)


def order_factors(calls: Calls) -> Calls:
    """Put the smaller operand of a product or a sum second: the gate or the offsets."""
    return tuple(
        replace(call, inputs=call.inputs[::-1], input_shapes=call.input_shapes[::-1])
        if call.target in ("add", "mul") and call.input_shapes[0] != call.shape
        else call
        for call in calls
    )
