"""What a candidate will need of the chip, exactly, before it is trained."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.frontend.trace import trace
from tinypareto.graph.cost import resources, resources_array
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.op import Dim
from tinypareto.nets.options import NetOptions
from tinypareto.nets.registry import build_checked
from tinypareto.pruning.plan import PruningPlan, filters_left, pruning_plan
from tinypareto.resources import Limits, Resources
from tinypareto.search_space.presets import PREFIX
from tinypareto.training.traced_structure import refuse_final_softmax

Floats = NDArray[np.float64]
Params = Mapping[str, Floats]

NO_OVERHEAD = Resources(0, 0, 0)


@dataclass(frozen=True)
class Predictor:
    """Costs of all prunings of one network.

    Attributes:
        structure: The unpruned network without weights.
        plan: Its prunable layers.
        limits: Of the search.
        overhead: ROM and RAM beyond the constants and the arena, such as code and stack.
        latency: Its prediction on the search's board, where that has a limit.
    """

    structure: Graph
    plan: PruningPlan
    limits: Limits
    overhead: Resources = NO_OVERHEAD
    latency: LatencyModel | None = None

    @classmethod
    def of(
        cls,
        net: str,
        settings: NetOptions,
        input_shape: tuple[int, ...],
        classes: int,
        limits: Limits,
    ) -> "Predictor":
        """Trace and lower the unpruned network.

        Raises:
            InputError: The network cannot be built or lowered; see `build`, `trace`, `lower`.
        """
        module = build_checked(net, settings, input_shape, classes)
        calls, source = trace(module, input_shape)
        refuse_final_softmax(calls)
        if calls and calls[-1].shape != (classes,):
            made = f"an output of shape {calls[-1].shape} a case"
            raise UnsupportedLayerError(
                f"net {net!r}: makes {made}, wanted ({classes},): one logit a class"
            )
        return cls(lower(calls, source, input_shape), pruning_plan(calls, source), limits)

    @property
    def layers(self) -> tuple[str, ...]:
        """The prunable layers."""
        return tuple(self.plan.groups)

    def channels(self, sparsities: Mapping[str, float]) -> dict[str, int]:
        """Filters that are kept, by prunable layer."""
        return {
            layer: filters_left(width, sparsities.get(layer, 0.0))
            for layer, width in self.plan.widths.items()
        }

    def resources(self, channels: Mapping[str, int]) -> Resources:
        """What the network with that many filters needs, by prunable layer."""
        graph = self.pruned(channels)
        used = resources(graph).plus(self.overhead)
        return replace(used, latency_ms=float(self.latency.ms(graph))) if self.latency else used

    def pruned(self, channels: Mapping[str, Dim]) -> Graph:
        """The network without weights, with that many filters by prunable layer."""
        return self.structure.resized(self.plan.layer_channels(channels))

    def ratios(self, params: Params) -> Floats:
        """Resources divided by their limits, for n candidates at once.

        Args:
            params: Values [n] by parameter name, at least one; those other than
                `sparsity/<layer>` are ignored, layers without one keep all.

        Returns:
            [n, len(limits.names)], in the order of these names.
        """
        graph = self.pruned(self._counts(params))
        sizes, limits = (np.array(astuple(given)[:3]) for given in (self.overhead, self.limits))
        ratios: Floats = (resources_array(graph) + sizes) / limits
        if self.limits.latency_ms is None or self.latency is None:
            return ratios
        times = np.broadcast_to(self.latency.ms(graph), len(ratios))
        return np.column_stack([ratios, times / self.limits.latency_ms])

    def features(self, params: Params) -> Floats:
        """What a surrogate of the accuracy can use beside the parameters and the ratios.

        Args:
            params: As for `ratios`.

        Returns:
            Log kept fraction by layer, its least and mean: [n, layers + 2].
        """
        widths = self.plan.widths
        log_kept = [np.log(count / widths[layer]) for layer, count in self._counts(params).items()]
        layers = np.stack(log_kept, axis=1)
        summary = np.stack([layers.min(axis=1), layers.mean(axis=1)], axis=1)
        return np.concatenate([layers, summary], axis=1)

    def _counts(self, params: Params) -> dict[str, NDArray[np.int64]]:
        """Filters kept [n], by prunable layer."""
        all_of_it = np.zeros(len(next(iter(params.values()))))
        return {
            layer: filters_left(width, params.get(PREFIX + layer, all_of_it))
            for layer, width in self.plan.widths.items()
        }
