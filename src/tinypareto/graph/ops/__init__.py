"""The registry of integer operators: one operator, one file, one line here."""

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.op import Op
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.linear import Linear

OPS: tuple[type[Op], ...] = (
    Conv2d,
    Linear,
)


def op_for(call: Call) -> type[Op]:
    """The first operator of the registry that stands for the call.

    Raises:
        UnsupportedLayerError: None does.
    """
    for op in OPS:
        if op.claims(call):
            return op
    known = ", ".join(sorted(set().union(*(op.targets for op in OPS))))
    raise UnsupportedLayerError(
        f"{call.target} {call.layer or call.name!r}: has no integer operator; use one of {known}"
    )
