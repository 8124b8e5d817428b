"""Everything that training needs to know about the structure of a network, found out once."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import fx, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.trace import symbolic, trace
from tinypareto.graph.call import Call
from tinypareto.graph.ops import torch_call
from tinypareto.graph.torch_call import Role
from tinypareto.pruning.plan import PruningPlan, pruning_plan


@dataclass(frozen=True)
class TracedStructure:
    """Structure shared by all networks that one function builds with the same settings.

    Attributes:
        plan: Prunable filters of the whole network.
        graph: Its calls in training mode.
    """

    plan: PruningPlan
    graph: fx.Graph

    @classmethod
    def from_module(cls, module: nn.Module, input_shape: tuple[int, ...]) -> "TracedStructure":
        """Trace a network; it is left in training mode.

        Args:
            module: Any that `trace` and `pruning_plan` accept, not pruned.
            input_shape: (channels, length) or (channels, height, width).

        Raises:
            UnsupportedLayerError: The network cannot be traced or pruned, or ends in a softmax.
        """
        calls, source = trace(module, input_shape)
        refuse_final_softmax(calls)
        return cls(pruning_plan(calls, source), symbolic(module.train()))


def refuse_final_softmax(calls: Sequence[Call]) -> None:
    """Refuse a network whose output is a softmax.

    The loss is the cross entropy of logits, which contains a softmax. A second one in the network
    would flatten the gradients without changing the predicted class.

    Args:
        calls: Calls that `trace` returns.

    Raises:
        UnsupportedLayerError: The last call that changes values is a softmax.
    """
    by_name = {call.name: call for call in calls}
    last: Call | None = calls[-1] if calls else None
    while last and (record := torch_call(last.target)) and record.role is not Role.OPERATOR:
        last = by_name.get(last.inputs[0])
    if last and record and record.key == "softmax":
        raise UnsupportedLayerError(
            f"{last.target} {last.name!r}: is the last layer, but the loss, cross entropy, applies "
            "a softmax to the output itself; return the logits, their largest is the same class"
        )
