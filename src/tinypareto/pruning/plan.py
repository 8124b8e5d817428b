"""Finds the filters of a network that can be pruned, and everything that must go with them.

Every channel of every tensor has an identifier. Layers that decide their channels (convolutions,
linear layers) have new ones; depthwise convolutions, norms, activations and pooling pass those of
their input on; element-wise merges unite the channels of their inputs one by one; concatenation
puts them one after the other; flattening repeats each over its positions. Removing a channel then
means slicing every weight axis that it indexes, and nothing else.

This replaces Torch-Pruning, for three reasons. The counts that a sparsity leaves are exact and
known before any training (`filters_left`), so that costs are too. Depthwise and
squeeze-and-excitation layers come out right by construction, without rules of their own. And it
reads the torch-free calls, so that the plan also serves the search. The tests compare pruned
networks with masked ones.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tinypareto.graph.call import Call
from tinypareto.pruning.channel_tracking import (
    ChannelIds,
    ChannelTracker,
    WeightAxes,
    track_channels,
)

Signature = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class PruningPlan:
    """Prunable filters of a network and the weights that go with them.

    Attributes:
        groups: Channels that one sparsity applies to, by the first layer that owns them.
        axes: Weight axes by module path.
    """

    groups: Mapping[str, ChannelIds]
    axes: Mapping[str, WeightAxes]

    @property
    def widths(self) -> dict[str, int]:
        """Filters by prunable layer."""
        return {name: len(channels) for name, channels in self.groups.items()}

    def layer_channels(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        """Output channels of every layer that decides them.

        Args:
            filters: Filters left by prunable layer, integers or integer arrays of shape (n,);
                layers left out keep all.
        """
        widths = self.widths
        return {
            path: members.get("", 0)
            + sum(
                members[name] // width * filters.get(name, width)
                for name, width in widths.items()
                if name in members
            )
            for path, members in self.members.items()
        }

    @cached_property
    def members(self) -> dict[str, Counter[str]]:
        """Channels by prunable layer ('' for those that stay), by layer that decides its own."""
        group_of = {one: name for name, many in self.groups.items() for one in many.tolist()}
        return {
            path: Counter(group_of.get(channel, "") for channel in axes.outputs.tolist())
            for path, axes in self.axes.items()
            if axes.owner
        }

    def select(self, keep: Mapping[str, NDArray[np.int64]]) -> "PruningPlan":
        """The plan of the smaller network.

        Args:
            keep: Indices of the filters to keep, by prunable layer; layers left out keep all.
        """
        groups = {
            name: channels[keep[name]] if name in keep else channels
            for name, channels in self.groups.items()
        }
        # A table of all channels: np.isin on arrays this short takes twenty times as long.
        stays = np.ones(1 + max((int(a.max()) for a in self._channels()), default=0), bool)
        for name, channels in groups.items():
            stays[self.groups[name]] = False
            stays[channels] = True
        axes = {
            path: replace(a, outputs=a.outputs[stays[a.outputs]], inputs=a.inputs[stays[a.inputs]])
            for path, a in self.axes.items()
        }
        return PruningPlan(groups, axes)

    def _channels(self) -> Iterator[ChannelIds]:
        for axes in self.axes.values():
            yield from (axes.outputs, axes.inputs)


def pruning_plan(calls: Sequence[Call], source: str) -> PruningPlan:
    """Find the prunable layers of a traced network.

    Channels of the input, of the output and of grouped convolutions that are not depthwise stay.

    Args:
        calls: In execution order; the result of the last one is the output.
        source: Name of the input.

    Raises:
        UnsupportedLayerError: A call is not known, or mixes channels in an unknown way.
    """
    tracker = track_channels(calls, source)
    label = _united(tracker)
    axes = {
        path: WeightAxes(label[layer.outputs], label[layer.inputs], layer.owner)
        for path, layer in tracker.layers.items()
    }
    fixed = set(label[tracker.fixed].tolist())
    return PruningPlan(_groups(axes, fixed), axes)


def filters_left(width: Any, sparsity: Any) -> Any:
    """Filters that a sparsity leaves: width - floor(sparsity * width), at least 1.

    Args:
        width: Filters before pruning, an integer or an integer array.
        sparsity: Fraction to remove, in [0, 1), a number or an array.

    Returns:
        An integer for two numbers, else an int64 array.
    """
    left = np.maximum(1, width - np.floor(np.multiply(sparsity, width)).astype(np.int64))
    return int(left) if np.ndim(left) == 0 else left


def prunable_layers(calls: Sequence[Call], source: str) -> dict[str, int]:
    """Filters of each layer that takes a sparsity, in execution order; see `pruning_plan`."""
    return pruning_plan(calls, source).widths


def _united(tracker: ChannelTracker) -> ChannelIds:
    """One label per channel, the same for channels that must be kept or removed together."""
    first = np.concatenate([np.empty(0, np.int64), *(a for a, _ in tracker.ties)])
    second = np.concatenate([np.empty(0, np.int64), *(b for _, b in tracker.ties)])
    shape = tracker.count, tracker.count
    edges = coo_array((np.ones(len(first), np.int8), (first, second)), shape)
    label: ChannelIds = connected_components(edges, directed=False)[1].astype(np.int64)
    return label


def _groups(axes: Mapping[str, WeightAxes], fixed: set[int]) -> dict[str, ChannelIds]:
    """Channels that share one sparsity: those with the same owners, equally often in each.

    Any choice of n of them therefore leaves every layer the same number of channels.
    """
    owners: dict[int, Counter[str]] = {}
    for path, layer in axes.items():
        if layer.owner:
            for channel in layer.outputs.tolist():
                owners.setdefault(channel, Counter())[path] += 1
    members: dict[Signature, list[int]] = {}
    for channel, counts in owners.items():
        if channel not in fixed:
            members.setdefault(tuple(counts.items()), []).append(channel)
    groups: dict[str, ChannelIds] = {}
    for signature, channels in sorted(members.items(), key=lambda item: len(item[0])):
        name = next((path for path, _ in signature if path not in groups), None)
        if name is not None and len(channels) > 1:
            groups[name] = np.array(channels)
    return {path: groups[path] for path in axes if path in groups}
