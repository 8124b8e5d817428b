"""How channels flow through a traced network: the raw material of `channels`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.op import ChannelRule
from tinypareto.graph.ops import OPS

Atoms = NDArray[np.int64]

CONVOLUTIONS = frozenset({"Conv1d", "Conv2d"})
FLATTEN = frozenset({"Flatten", "flatten"})
NORMS = frozenset({"BatchNorm1d", "BatchNorm2d"})
PASSING = NORMS | {"Dropout", "Dropout1d", "Dropout2d", "dropout", "Identity", "contiguous"}
"""Calls that keep the channels and need no integer operator of their own."""


@dataclass(frozen=True)
class Layer:
    """Atoms of a layer's output channels and input features; whether it made the former."""

    outputs: Atoms
    inputs: Atoms
    owner: bool


@dataclass
class Flow:
    """Atoms of a network.

    Attributes:
        atoms: How many there are.
        layers: Layers with weights, by module path in execution order.
        ties: Pairs of equally long atom arrays that must be kept or removed together.
        fixed: Atoms that must stay.
    """

    atoms: int = 0
    layers: dict[str, Layer] = field(default_factory=dict)
    ties: list[tuple[Atoms, Atoms]] = field(default_factory=list)
    fixed: Atoms = field(default_factory=lambda: np.empty(0, np.int64))

    def fresh(self, count: int) -> Atoms:
        """New atoms."""
        self.atoms += count
        return np.arange(self.atoms - count, self.atoms)

    def fix(self, atoms: Atoms) -> None:
        """Let them stay."""
        self.fixed = np.concatenate([self.fixed, atoms])

    def layer(self, call: Call, outputs: Atoms, inputs: Atoms, owner: bool) -> Atoms:
        """Record a use of a layer's weights; returns its outputs.

        A second use ties its channels to those of the first.
        """
        first = self.layers.setdefault(module_path(call.name), Layer(outputs, inputs, owner))
        if first.outputs is not outputs:
            self.ties += [(first.outputs, outputs), (first.inputs, inputs)]
        return outputs


def module_path(call_name: str) -> str:
    """Path of the module behind a call: the second call of `relu` is named `relu:2`."""
    return call_name.partition(":")[0]


def walk(calls: Sequence[Call], source: str) -> Flow:
    """Follow the channels through the calls; see `channels.pruning_plan`."""
    flow = Flow()
    tensors: dict[str, Atoms] = {}
    for call in calls:
        if source not in tensors and source in call.inputs:
            tensors[source] = flow.fresh(call.input_shapes[call.inputs.index(source)][0])
            flow.fix(tensors[source])
        outputs = _rule(call)(flow, call, [tensors[name] for name in call.inputs])
        if len(outputs) != call.shape[0]:
            raise _refusal(call, f"turns {len(outputs)} channels into {call.shape[0]}")
        tensors[call.name] = outputs
    flow.fix(tensors[calls[-1].name])
    return flow


def _refusal(call: Call, problem: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        f"{call.target} '{call.name}': {problem}; pruning cannot follow it, use another layer"
    )


Rule = Callable[[Flow, Call, Sequence[Atoms]], Atoms]


def _rule(call: Call) -> Rule:
    if call.target in CONVOLUTIONS:
        return _convolution
    if call.target == "Linear":
        return _linear
    if call.target in FLATTEN:
        return _flatten
    if call.target in PASSING:
        return _same
    for op in OPS:
        if call.target in op.targets and op.channels in _RULES:
            return _RULES[op.channels]
    raise _refusal(call, "is not a known layer")


def _convolution(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    (given,), filters, groups = inputs, call.shape[0], call.attributes["groups"]
    if groups == 1:
        return flow.layer(call, flow.fresh(filters), given, True)
    if groups == len(given):
        return flow.layer(call, np.repeat(given, filters // groups), given, False)
    # Groups would have to lose equally many channels each.
    outputs = flow.fresh(filters)
    flow.fix(outputs)
    flow.fix(given)
    return flow.layer(call, outputs, given, True)


def _linear(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    if len(call.shape) > 1:
        raise _refusal(call, f"works on the last axis of a {call.input_shapes[0]} tensor")
    return flow.layer(call, flow.fresh(call.shape[0]), inputs[0], True)


def _flatten(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    shape = call.input_shapes[0]
    if len(call.shape) == 1:
        return np.repeat(inputs[0], prod(shape[1:]))
    return inputs[0]


def _same(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    if call.target in NORMS:
        return flow.layer(call, inputs[0], inputs[0], False)
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


def _merge(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    widest = max(inputs, key=len)
    for other in inputs:
        # A single channel is broadcast, and never removed.
        if other is not widest and len(other) > 1:
            flow.ties.append((widest, other))
    return widest


def _concat(flow: Flow, call: Call, inputs: Sequence[Atoms]) -> Atoms:
    axis = call.attributes.get("dim", call.attributes.get("axis", 0))
    if axis % (len(call.shape) + 1) != 1:
        raise _refusal(call, f"joins along axis {axis}, wanted 1 (channels)")
    return np.concatenate(inputs)


_RULES: Mapping[ChannelRule, Rule] = {
    ChannelRule.SAME: _same,
    ChannelRule.MERGE: _merge,
    ChannelRule.CONCAT: _concat,
}
