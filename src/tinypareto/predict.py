"""What a candidate will need of the chip, exactly, before it is trained."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.cost import resources, resources_array
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.nets import build
from tinypareto.nets.channels import PruningPlan, kept, pruning_plan
from tinypareto.nets.trace import trace
from tinypareto.presets import PREFIX
from tinypareto.records import Limits, Resources

Params = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Predictor:
    """Costs of all prunings of one network.

    Attributes:
        structure: The unpruned network without weights.
        plan: Its prunable layers.
        limits: Of the search.
    """

    structure: Graph
    plan: PruningPlan
    limits: Limits

    @classmethod
    def of(
        cls,
        net: str,
        settings: Mapping[str, int],
        input_shape: tuple[int, ...],
        classes: int,
        limits: Limits,
    ) -> "Predictor":
        """Trace and lower the unpruned network.

        Raises:
            InputError: The network cannot be built or lowered; see `build`, `trace`, `lower`.
        """
        calls, source = trace(build(net, settings, input_shape, classes), input_shape)
        return cls(lower(calls, source, input_shape), pruning_plan(calls, source), limits)

    @property
    def layers(self) -> tuple[str, ...]:
        """The prunable layers."""
        return tuple(self.plan.groups)

    def channels(self, sparsities: Mapping[str, float]) -> dict[str, int]:
        """Filters that are kept, by prunable layer."""
        return {
            layer: kept(width, sparsities.get(layer, 0.0))
            for layer, width in self.plan.widths.items()
        }

    def resources(self, channels: Mapping[str, int]) -> Resources:
        """ROM, RAM and FLOPs with that many filters, by prunable layer."""
        return resources(self.structure.resized(self.plan.layer_channels(channels)))

    def ratios(self, params: Params) -> NDArray[np.float64]:
        """Resources divided by their limits, for n candidates at once.

        Args:
            params: Values [n] by parameter name; those other than `sparsity/<layer>` are ignored.

        Returns:
            [n, 3] in the order rom, ram, flops.
        """
        counts = {
            layer: kept(width, np.asarray(params[PREFIX + layer]))
            for layer, width in self.plan.widths.items()
            if PREFIX + layer in params
        }
        used = resources_array(self.structure.resized(self.plan.layer_channels(counts)))
        limits = self.limits.rom_bytes, self.limits.ram_bytes, self.limits.flops
        ratios: NDArray[np.float64] = used / np.array(limits)
        return ratios
