"""Exact costs of all structures of one network family, known before any of them is trained."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.evaluation.channels_by_width import ChannelsByWidth
from tinypareto.evaluation.cost_model import NO_OVERHEAD, CostModel
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.graph.cost import flops
from tinypareto.graph.graph import Graph
from tinypareto.graph.stack import stacked
from tinypareto.nets.family import Family
from tinypareto.nets.registry import closed_form, find
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left
from tinypareto.resources import Limits, Resources
from tinypareto.search_space.parameter import Condition, Parameter, Value
from tinypareto.search_space.presets import PREFIX

Ints = NDArray[np.int64]
Params = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Part:
    """Candidates with the same layers.

    Attributes:
        rows: Their indices among all candidates, shape (m,).
        model: Cost model of one of them.
        graph: Their networks without weights; numbers of channels, and of what else differs, are
            arrays (m,).
        widths: Filters before pruning, an integer or (m,), by prunable layer.
        counts: Filters that are left, (m,), by prunable layer.
    """

    rows: Ints
    model: CostModel
    graph: Graph
    widths: Mapping[str, int | Ints]
    counts: Mapping[str, Ints]


@dataclass(frozen=True)
class FamilyCosts:
    """Costs of the structures of one network family, pruned or not.

    Attributes:
        base: The family, with the options that are not searched.
        axes: Parameters of the structure, `<family>/<setting>`; none for a single structure.
        limits: Limits of the search.
        overhead: ROM and RAM beyond the constants and the arena; see `CostModel`.
        latency: Model of the latency on the search's board; None without a latency limit.
    """

    base: NetSpec
    axes: tuple[Parameter, ...]
    limits: Limits
    overhead: Resources = NO_OVERHEAD
    latency: LatencyModel | None = None
    _models: dict[tuple[int, ...], CostModel] = field(default_factory=dict, init=False)

    def __reduce__(self) -> tuple[type["FamilyCosts"], tuple[Any, ...]]:
        """A worker process gets what defines the costs, and no models."""
        return FamilyCosts, (self.base, self.axes, self.limits, self.overhead, self.latency)

    @cached_property
    def _width(self) -> Parameter | None:
        """The axis that changes nothing but numbers of channels."""
        family = find(self.base.name)
        name = family.width if isinstance(family, Family) else None
        return next((axis for axis in self.axes if self._setting(axis) == name), None)

    @cached_property
    def _split(self) -> tuple[Parameter, ...]:
        """The axes that can change layers, kernels and strides."""
        return tuple(axis for axis in self.axes if axis is not self._width)

    @property
    def closed_form(self) -> bool:
        """Whether the family is fitted without training settings."""
        return closed_form(self.base.name) is not None

    def _setting(self, axis: Parameter) -> str:
        return axis.name.removeprefix(f"{self.base.name}/")

    def spec(self, structure: Mapping[str, Value]) -> NetSpec:
        """The unpruned network of a structure.

        Args:
            structure: Values of the axes by name, and possibly those of other families.
        """
        chosen = {self._setting(axis): int(structure[axis.name]) for axis in self.axes}
        return replace(self.base, options={**self.base.options, **chosen})

    def model(self, structure: Mapping[str, Value]) -> CostModel:
        """The cost model of a structure; see `spec`.

        Raises:
            InputError: See `CostModel.from_spec`.
        """
        key = tuple(int(structure[axis.name]) for axis in self.axes)
        if key not in self._models:
            model = CostModel.from_spec(self.spec(structure), self.limits)
            self._models[key] = replace(
                model,
                # Without its random weights, of which there would be hundreds of networks.
                structure=model.structure.resized({}),
                overhead=self.overhead,
                latency=self.latency,
            )
        return self._models[key]

    @cached_property
    def largest(self) -> dict[str, int]:
        """The structure with the most layers, among them that with the most FLOPs."""
        structure = {axis.name: int(axis.low) for axis in self.axes}
        for axis in self._split:
            models = {v: self.model({**structure, axis.name: v}) for v in _values(axis)}
            sizes = {v: (len(m.layers), int(flops(m.structure))) for v, m in models.items()}
            structure[axis.name] = max(_values(axis), key=lambda value: sizes[value])
        if self._width is not None:
            structure[self._width.name] = int(self._width.high)
        return structure

    def layers(self) -> dict[str, Condition | None]:
        """The prunable layers of all structures, and the axis on which it depends if one is there.

        A layer that depends on several axes is taken to depend on one. Where a fit in closed form
        chooses what a searched width leaves, there are no sparsities.
        """
        if self.closed_form and self._width is not None:
            return {}
        every = self.model(self.largest).layers
        conditions: dict[str, Condition | None] = dict.fromkeys(every)
        for axis in self._split:
            found = {v: self.model({**self.largest, axis.name: v}).layers for v in _values(axis)}
            for layer in every:
                values = tuple(value for value, layers in found.items() if layer in layers)
                if len(values) < len(found):
                    conditions[layer] = Condition(axis.name, values)
        return conditions

    def least(self, highest: Mapping[str, float]) -> Resources:
        """Resources that no structure goes below; each may be another structure's.

        Args:
            highest: Largest fraction of filters to remove, by prunable layer.
        """
        narrow = {} if self._width is None else {self._width.name: int(self._width.low)}
        names = [axis.name for axis in self._split]
        found = [
            self.model({**dict(zip(names, values, strict=True)), **narrow}).least(highest)
            for values in product(*map(_values, self._split))
        ]
        return Resources.least(found)

    def parts(self, params: Params, rows: Ints) -> Iterator[Part]:
        """Divide candidates into parts that are costed at once.

        Args:
            params: Values [n] by parameter name.
            rows: Indices of the candidates of this family.
        """
        widest = {} if self._width is None else {self._width.name: int(self._width.high)}
        # A first column that is the same for all, because there may be no other one.
        keys = np.array([np.zeros(len(rows)), *(params[axis.name][rows] for axis in self._split)])
        unique, kind = np.unique(keys.astype(np.int64), axis=1, return_inverse=True)
        names = [axis.name for axis in self._split]
        models = [
            self.model({**dict(zip(names, values, strict=True)), **widest})
            for _, *values in unique.T.tolist()
        ]
        kind = kind.ravel()
        alike: dict[Hashable, list[int]] = {}
        for index, model in enumerate(models):
            nodes = tuple((node.name, node.op.kind, node.inputs) for node in model.structure.nodes)
            alike.setdefault(nodes, []).append(index)
        for indices in alike.values():
            mine = np.isin(kind, indices)
            at = np.searchsorted(indices, kind[mine])
            yield self._part([models[index] for index in indices], at, params, rows[mine])

    def _part(self, models: Sequence[CostModel], at: Ints, params: Params, rows: Ints) -> Part:
        """Candidates whose networks have the same layers.

        Args:
            models: Cost models of the structures, at the largest width.
            at: Index of each candidate's model.
            params: Values [n] by parameter name.
            rows: Indices of the candidates.
        """
        model = models[0]
        widths: dict[str, int | Ints] = dict(model.plan.widths)
        change: dict[str, Ints] = {}
        if self._width is not None:
            column = params[self._width.name][rows].astype(np.int64)
            widths = {layer: self._channels.prunable(layer, column) for layer in widths}
            change = {
                path: self._channels.fixed(path, column) - members.get("", 0)
                for path, members in model.plan.members.items()
            }
        zeros = np.zeros(len(rows))
        counts = {
            layer: filters_left(
                width, params[PREFIX + layer][rows] if PREFIX + layer in params else zeros
            )
            for layer, width in widths.items()
        }
        channels = model.plan.layer_channels(counts)
        channels |= {path: channels[path] + more for path, more in change.items()}
        graph = stacked([one.structure for one in models], at).resized(channels)
        return Part(rows, model, graph, widths, counts)

    @cached_property
    def _channels(self) -> ChannelsByWidth:
        """Channels of all layers that any structure has, as functions of the width.

        That they do not depend on the other settings is what `Family.width` promises.
        """
        axis = self._width
        assert axis is not None
        return ChannelsByWidth(
            lambda width: self.model({**self.largest, axis.name: width}).plan,
            int(axis.low),
            int(axis.high),
        )


def _values(axis: Parameter) -> range:
    return range(int(axis.low), int(axis.high) + 1)
