"""Which filters of a network can be pruned, and what must go with them.

Every channel of every tensor is an atom. Layers that decide their channels (convolutions, linear
layers) make new atoms; depthwise convolutions, norms, activations and pooling carry those of
their input; element-wise merges unite the atoms of their inputs one by one; concatenation puts
them one after the other; flattening repeats each over its positions. Removing an atom then means
slicing every weight axis that it indexes, and nothing else.

This replaces Torch-Pruning, for three reasons. The counts that a sparsity leaves are exact and
known before any training (`kept`), so that costs are too. Depthwise and squeeze-and-excitation
layers come out right by construction, without rules of their own. And it reads the torch-free
calls, so that the plan also serves the search. The tests compare pruned networks with masked ones.
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
from tinypareto.pruning.channel_tracking import Flow, walk

Atoms = NDArray[np.int64]
Signature = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Axes:
    """What the axes of a layer's weights stand for.

    Attributes:
        outputs: Atom of each output channel, shape (out,).
        inputs: Atom of each input feature, shape (in,).
        owner: Whether the layer decides its output channels itself.
    """

    outputs: Atoms
    inputs: Atoms
    owner: bool


@dataclass(frozen=True)
class PruningPlan:
    """What can be pruned from a network and what goes with it.

    Attributes:
        groups: Atoms that a sparsity applies to, by the first layer that owns them.
        axes: Weight axes by module path.
    """

    groups: Mapping[str, Atoms]
    axes: Mapping[str, Axes]

    @property
    def widths(self) -> dict[str, int]:
        """Filters by prunable layer."""
        return {name: len(atoms) for name, atoms in self.groups.items()}

    def layer_channels(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Output channels of every layer that decides them.

        Args:
            kept: Filters kept by prunable layer, integers or integer arrays of shape (n,); layers
                left out keep all.
        """
        widths = self.widths
        return {
            path: members.get("", 0)
            + sum(
                members[name] // width * kept.get(name, width)
                for name, width in widths.items()
                if name in members
            )
            for path, members in self._members.items()
        }

    @cached_property
    def _members(self) -> dict[str, Counter[str]]:
        """Channels by prunable layer ('' for those that stay), by layer that decides its own."""
        group_of = {atom: name for name, atoms in self.groups.items() for atom in atoms.tolist()}
        return {
            path: Counter(group_of.get(atom, "") for atom in axes.outputs.tolist())
            for path, axes in self.axes.items()
            if axes.owner
        }

    def select(self, keep: Mapping[str, NDArray[np.int64]]) -> "PruningPlan":
        """The plan of the smaller network.

        Args:
            keep: Indices of the atoms to keep, by prunable layer; layers left out keep all.
        """
        groups = {
            name: atoms[keep[name]] if name in keep else atoms
            for name, atoms in self.groups.items()
        }
        # A table of all atoms: np.isin on so few takes twenty times as long.
        stays = np.ones(1 + max((int(a.max()) for a in self._atoms()), default=0), bool)
        for name, atoms in groups.items():
            stays[self.groups[name]] = False
            stays[atoms] = True
        axes = {
            path: replace(a, outputs=a.outputs[stays[a.outputs]], inputs=a.inputs[stays[a.inputs]])
            for path, a in self.axes.items()
        }
        return PruningPlan(groups, axes)

    def _atoms(self) -> Iterator[Atoms]:
        for axes in self.axes.values():
            yield from (axes.outputs, axes.inputs)


def pruning_plan(calls: Sequence[Call], source: str) -> PruningPlan:
    """Find the prunable layers of a traced network.

    Atoms of the input, of the output and of grouped convolutions that are not depthwise stay.

    Args:
        calls: In execution order, the last one makes the output.
        source: Name of the input.

    Raises:
        UnsupportedLayerError: A call is not known, or mixes channels in an unknown way.
    """
    flow = walk(calls, source)
    label = _united(flow)
    axes = {
        path: Axes(label[layer.outputs], label[layer.inputs], layer.owner)
        for path, layer in flow.layers.items()
    }
    fixed = set(label[flow.fixed].tolist())
    return PruningPlan(_groups(axes, fixed), axes)


def kept(width: Any, sparsity: Any) -> Any:
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


def _united(flow: Flow) -> Atoms:
    """One label per atom, the same for atoms that must be kept or removed together."""
    first = np.concatenate([np.empty(0, np.int64), *(a for a, _ in flow.ties)])
    second = np.concatenate([np.empty(0, np.int64), *(b for _, b in flow.ties)])
    edges = coo_array((np.ones(len(first), np.int8), (first, second)), (flow.atoms, flow.atoms))
    label: Atoms = connected_components(edges, directed=False)[1].astype(np.int64)
    return label


def _groups(axes: Mapping[str, Axes], fixed: set[int]) -> dict[str, Atoms]:
    """Atoms with the same owners, equally often in each, share one sparsity.

    So any choice of n of them leaves every layer the same number of channels.
    """
    owners: dict[int, Counter[str]] = {}
    for path, layer in axes.items():
        if layer.owner:
            for atom in layer.outputs.tolist():
                owners.setdefault(atom, Counter())[path] += 1
    members: dict[Signature, list[int]] = {}
    for atom, counts in owners.items():
        if atom not in fixed:
            members.setdefault(tuple(counts.items()), []).append(atom)
    groups: dict[str, Atoms] = {}
    for signature, atoms in sorted(members.items(), key=lambda item: len(item[0])):
        name = next((path for path, _ in signature if path not in groups), None)
        if name is not None and len(atoms) > 1:
            groups[name] = np.array(atoms)
    return {path: groups[path] for path in axes if path in groups}
