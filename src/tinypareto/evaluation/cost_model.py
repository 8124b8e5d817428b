"""Exact costs of a candidate on the chip, known before it is trained."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.frontend.trace import trace
from tinypareto.graph.cost import flops, resources, resources_array, rom_bytes
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.memory.plan import peak_bytes
from tinypareto.graph.op import Dim
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import PruningPlan, filters_left, pruning_plan
from tinypareto.resources import Limits, Resources
from tinypareto.search_space.presets import PREFIX
from tinypareto.training.traced_structure import refuse_final_softmax

Floats = NDArray[np.float64]
Params = Mapping[str, Floats]

NO_OVERHEAD = Resources(0, 0, 0)


@dataclass(frozen=True)
class CostModel:
    """Costs of all prunings of one network.

    Attributes:
        structure: The unpruned network without weights.
        plan: Prunable layers of the network.
        limits: Limits of the search.
        overhead: ROM and RAM beyond the constants and the arena, such as code and stack.
        latency: Model of the latency on the search's board; None without a latency limit.
    """

    structure: Graph
    plan: PruningPlan
    limits: Limits
    overhead: Resources = NO_OVERHEAD
    latency: LatencyModel | None = None

    @classmethod
    def from_spec(cls, spec: NetSpec, limits: Limits) -> "CostModel":
        """Trace and lower the unpruned network.

        Raises:
            InputError: The network cannot be built or lowered; see `NetSpec.build_repeatable`,
                `trace` and `lower`.
        """
        calls, source = trace(spec.build_repeatable(), spec.input_shape)
        refuse_final_softmax(calls)
        if calls and calls[-1].shape != (spec.outputs,):
            raise UnsupportedLayerError(
                f"net {spec.name!r}: makes an output of shape {calls[-1].shape} a case, "
                f"wanted ({spec.outputs},): one value an output, such as a class's logit"
            )
        structure = lower(calls, source, spec.input_shape)
        return cls(structure, pruning_plan(calls, source), limits)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the prunable layers."""
        return tuple(self.plan.groups)

    def channels(self, sparsities: Mapping[str, float]) -> dict[str, int]:
        """Filters that are kept, by prunable layer."""
        return {
            layer: filters_left(width, sparsities.get(layer, 0.0))
            for layer, width in self.plan.widths.items()
        }

    def resources(self, channels: Mapping[str, int]) -> Resources:
        """Resources of the network with these numbers of filters by prunable layer."""
        graph = self.pruned(channels)
        used = resources(graph).plus(self.overhead)
        return replace(used, latency_ms=float(self.latency.ms(graph))) if self.latency else used

    def least(self, sparsities: Mapping[str, float]) -> Resources:
        """Resources that no network with at most these sparsities goes below.

        ROM and FLOPs are those of the smallest network. RAM is its peak of live bytes, below which
        no arena can be. All three grow with each number of filters. Code and stack are left out.

        Args:
            sparsities: Largest fraction of filters to remove, by prunable layer.
        """
        graph = self.pruned(self.channels(sparsities))
        return Resources(int(rom_bytes(graph)), int(peak_bytes(graph)), int(flops(graph)))

    def pruned(self, channels: Mapping[str, Dim]) -> Graph:
        """The network without weights, with these numbers of filters by prunable layer."""
        return self.structure.resized(self.plan.layer_channels(channels))

    def ratios(self, params: Params) -> Floats:
        """Resources divided by their limits, for n candidates at once.

        Args:
            params: Values [n] by parameter name, at least one. Names other than `sparsity/<layer>`
                are ignored; layers without a sparsity keep all filters.

        Returns:
            [n, len(limits.names)], in the order of these names.
        """
        return self.ratios_of(self.pruned(self._counts(params)), _count(params))

    def ratios_of(self, graph: Graph, count: int) -> Floats:
        """Like `ratios`, of a graph whose numbers of channels are arrays of `count` values."""
        sizes, limits = (np.array(astuple(each)[:3]) for each in (self.overhead, self.limits))
        # Without a prunable layer all candidates are one network.
        used = np.broadcast_to(resources_array(graph), (count, len(sizes)))
        ratios: Floats = (used + sizes) / limits
        if self.limits.latency_ms is None or self.latency is None:
            return ratios
        times = np.broadcast_to(self.latency.ms(graph), len(ratios))
        return np.column_stack([ratios, times / self.limits.latency_ms])

    def features(self, params: Params) -> Floats:
        """Inputs for a surrogate of the score, in addition to the parameters and the ratios.

        Args:
            params: See `ratios`.

        Returns:
            [n, layers + 2]: the log of the fraction of filters kept by layer, its least and mean;
            [n, 0] without a prunable layer.
        """
        widths = self.plan.widths
        if not widths:
            return np.empty((_count(params), 0))
        log_kept = [np.log(count / widths[layer]) for layer, count in self._counts(params).items()]
        layers = np.stack(log_kept, axis=1)
        summary = np.stack([layers.min(axis=1), layers.mean(axis=1)], axis=1)
        return np.concatenate([layers, summary], axis=1)

    def _counts(self, params: Params) -> dict[str, NDArray[np.int64]]:
        """Filters kept [n], by prunable layer."""
        unpruned = np.zeros(_count(params))
        return {
            layer: filters_left(width, params.get(PREFIX + layer, unpruned))
            for layer, width in self.plan.widths.items()
        }


def _count(params: Params) -> int:
    """Number of candidates."""
    return len(next(iter(params.values())))
