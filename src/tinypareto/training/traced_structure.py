"""What training has to know of the structure of a network, so that it is found out once."""

from dataclasses import dataclass

from torch import fx, nn

from tinypareto.frontend.trace import symbolic
from tinypareto.pruning.plan import PruningPlan
from tinypareto.pruning.prune import plan_of


@dataclass(frozen=True)
class Blueprint:
    """Of all networks that the same function builds with the same settings.

    Attributes:
        plan: What can be pruned from the whole network.
        graph: Its calls in training mode.
    """

    plan: PruningPlan
    graph: fx.Graph

    @classmethod
    def of(cls, module: nn.Module, input_shape: tuple[int, ...]) -> "Blueprint":
        """Trace a network; it is left in training mode.

        Args:
            module: Any that `trace` and `pruning_plan` accept, not pruned.
            input_shape: (channels, length) or (channels, height, width).
        """
        return cls(plan_of(module, input_shape), symbolic(module.train()))
