"""Description of one torch call: everything the package knows about a layer, function or method.

The calls themselves are listed in `graph.ops`. Lowering, pruning and training all read that list,
so a call that one of them accepts is known to the others.
"""

from dataclasses import dataclass
from enum import Enum

from tinypareto.graph.op import ChannelRule, Op


class Role(Enum):
    """Treatment of a call by lowering."""

    OPERATOR = "operator"  # becomes one of the operators of its record
    IDENTITY = "identity"  # does nothing at inference and is left out
    RESHAPE = "reshape"  # keeps the values in order; left out, or folded into a linear layer


class ChannelFlow(Enum):
    """How the channels of a call's output follow from those of its inputs, for pruning."""

    SAME = "same"  # those of the only input: pooling, activations
    MERGE = "merge"  # the inputs are pruned together: sums and products
    CONCAT = "concat"  # those of the inputs, one after the other
    RESHAPE = "reshape"  # each channel once, or once for each of its pixels
    CONVOLUTION = "convolution"  # filters of its own, unless the convolution is depthwise
    LINEAR = "linear"  # features of its own
    NORM = "norm"  # those of the input, with one weight for each


_OF_OPERATORS = {
    ChannelRule.SAME: ChannelFlow.SAME,
    ChannelRule.MERGE: ChannelFlow.MERGE,
    ChannelRule.CONCAT: ChannelFlow.CONCAT,
}


@dataclass(frozen=True)
class TorchCall:
    """Record of one torch call under all of its names.

    Attributes:
        key: Identifier of the record; the training steps in `training.engine` are stored under it.
        names: Class names of modules and names of functions, as `Call.target` holds them.
        ops: Integer operators that can stand for the call, in order of preference; the first one
            whose `claims` accepts the call is used. Empty unless `role` is `OPERATOR`.
        role: Treatment of the call by lowering.
        own_flow: How channels pass where the operator's `channels` does not say it.
    """

    key: str
    names: tuple[str, ...]
    ops: tuple[type[Op], ...] = ()
    role: Role = Role.OPERATOR
    own_flow: ChannelFlow | None = None

    @property
    def flow(self) -> ChannelFlow:
        """How channels pass through the call."""
        if self.own_flow is not None:
            return self.own_flow
        if self.role is Role.RESHAPE:
            return ChannelFlow.RESHAPE
        return _OF_OPERATORS[self.ops[0].channels] if self.ops else ChannelFlow.SAME
