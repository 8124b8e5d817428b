"""Tracks which channels of a traced network are the same ones, tensor by tensor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.ops import torch_call
from tinypareto.graph.torch_call import ChannelFlow

ChannelIds = NDArray[np.int64]
"""One identifier for each channel of a tensor, shape (channels,)."""


@dataclass(frozen=True)
class WeightAxes:
    """Channels that the axes of a layer's weights stand for.

    Attributes:
        outputs: Identifier of each output channel, shape (out,).
        inputs: Identifier of each input feature, shape (in,).
        owner: Whether the layer decides its output channels itself.
    """

    outputs: ChannelIds
    inputs: ChannelIds
    owner: bool


@dataclass
class ChannelTracker:
    """Channels of a network, and which of them belong together.

    Attributes:
        count: Number of identifiers given out.
        layers: Layers with weights, by module path in execution order.
        ties: Pairs of equally long arrays whose channels must be kept or removed together.
        fixed: Channels that must stay.
    """

    count: int = 0
    layers: dict[str, WeightAxes] = field(default_factory=dict)
    ties: list[tuple[ChannelIds, ChannelIds]] = field(default_factory=list)
    fixed: ChannelIds = field(default_factory=lambda: np.empty(0, np.int64))

    def new_channels(self, count: int) -> ChannelIds:
        """Identifiers for as many channels that no other tensor has."""
        self.count += count
        return np.arange(self.count - count, self.count)

    def fix(self, channels: ChannelIds) -> None:
        """Exempt channels from pruning."""
        self.fixed = np.concatenate([self.fixed, channels])

    def use_layer(
        self, call: Call, outputs: ChannelIds, inputs: ChannelIds, owner: bool
    ) -> ChannelIds:
        """Record a use of a layer's weights and return its outputs.

        A second use ties its channels to those of the first.
        """
        layer = WeightAxes(outputs, inputs, owner)
        first = self.layers.setdefault(module_path(call.name), layer)
        if first.outputs is not outputs:
            self.ties += [(first.outputs, outputs), (first.inputs, inputs)]
        return outputs


def module_path(call_name: str) -> str:
    """Path of the module behind a call: the second call of `relu` is named `relu:2`."""
    return call_name.partition(":")[0]


def track_channels(calls: Sequence[Call], source: str) -> ChannelTracker:
    """Follow the channels through the calls; see `plan.pruning_plan`.

    Raises:
        UnsupportedLayerError: A call is not known, or mixes channels in an unknown way.
    """
    tracker = ChannelTracker()
    tensors: dict[str, ChannelIds] = {}
    for call in calls:
        if source not in tensors and source in call.inputs:
            shape = call.input_shapes[call.inputs.index(source)]
            tensors[source] = tracker.new_channels(shape[0])
            tracker.fix(tensors[source])
        outputs = _rule(call)(tracker, call, [tensors[name] for name in call.inputs])
        if len(outputs) != call.shape[0]:
            raise _refusal(call, f"turns {len(outputs)} channels into {call.shape[0]}")
        tensors[call.name] = outputs
    tracker.fix(tensors[calls[-1].name])
    return tracker


def _refusal(call: Call, problem: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        f"{call.target} '{call.name}': {problem}; pruning cannot follow it, use another layer"
    )


Rule = Callable[[ChannelTracker, Call, Sequence[ChannelIds]], ChannelIds]


def _rule(call: Call) -> Rule:
    record = torch_call(call.target)
    if record is None:
        raise _refusal(call, "is not a known layer")
    return _RULES[record.flow]


def _convolution(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    (source,), filters, groups = inputs, call.shape[0], call.attributes["groups"]
    if groups == 1:
        return tracker.use_layer(call, tracker.new_channels(filters), source, True)
    if groups == len(source):
        return tracker.use_layer(call, np.repeat(source, filters // groups), source, False)
    # Every group would have to lose the same number of channels, so none loses any.
    outputs = tracker.new_channels(filters)
    tracker.fix(outputs)
    tracker.fix(source)
    return tracker.use_layer(call, outputs, source, True)


def _linear(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    if len(call.shape) > 1:
        raise _refusal(call, f"works on the last axis of a {call.input_shapes[0]} tensor")
    return tracker.use_layer(call, tracker.new_channels(call.shape[0]), inputs[0], True)


def _norm(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    return tracker.use_layer(call, inputs[0], inputs[0], False)


def _reshape(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    if call.target == "squeeze" and ("dim" not in call.attributes or 1 in _axes(call)):
        problem = "would remove the channel axis when one channel is left; name other axes, "
        raise _refusal(call, problem + "as in squeeze(-1)")
    if _fixes_channels(call):
        tracker.fix(inputs[0])
    shape = call.input_shapes[0]
    if len(call.shape) == 1:
        return np.repeat(inputs[0], prod(shape[1:]))
    return inputs[0]


def _fixes_channels(call: Call) -> bool:
    """Whether a reshape has the number of channels written out, which pruning would contradict."""
    if call.target in ("Unflatten", "unflatten"):
        sizes = call.attributes.get("unflattened_size", call.attributes.get("sizes"))
        return 1 in _axes(call) and sizes[0] > 0
    return bool(call.attributes.get("fixed_channels", False))


def _same(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    if call.weights:
        raise _refusal(call, f"has weights {', '.join(call.weights)} of unknown layout")
    if call.target == "mean" and 1 in _axes(call):
        raise _refusal(call, "averages over the channels")
    return inputs[0]


def _axes(call: Call) -> set[int]:
    """Axes that a reduction runs over, the batch axis being 0."""
    count = len(call.input_shapes[0]) + 1
    dims = call.attributes.get("dim")
    listed = range(count) if dims is None else (dims,) if isinstance(dims, int) else dims
    return {axis % count for axis in listed}


def _merge(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    widest = max(inputs, key=len)
    for other in inputs:
        # A single channel is broadcast, and never removed.
        if other is not widest and len(other) > 1:
            tracker.ties.append((widest, other))
    return widest


def _concat(tracker: ChannelTracker, call: Call, inputs: Sequence[ChannelIds]) -> ChannelIds:
    axis = call.attributes.get("dim", call.attributes.get("axis", 0))
    if axis % (len(call.shape) + 1) != 1:
        raise _refusal(call, f"joins along axis {axis}, wanted 1 (channels)")
    return np.concatenate(inputs)


_RULES: Mapping[ChannelFlow, Rule] = {
    ChannelFlow.SAME: _same,
    ChannelFlow.MERGE: _merge,
    ChannelFlow.CONCAT: _concat,
    ChannelFlow.RESHAPE: _reshape,
    ChannelFlow.CONVOLUTION: _convolution,
    ChannelFlow.LINEAR: _linear,
    ChannelFlow.NORM: _norm,
}
