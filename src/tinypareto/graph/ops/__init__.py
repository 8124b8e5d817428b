"""The registry of integer operators: one operator, one file, one line here."""

from collections.abc import Sequence

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.op import Op
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.average_pool import AveragePool
from tinypareto.graph.ops.batch_norm import BatchNorm
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.upsample import Upsample

OPS: tuple[type[Op], ...] = (
    DepthwiseConv2d,  # before Conv2d, which takes every convolution
    Conv2d,
    Linear,
    Add,
    Mul,
    Table,
    GlobalAveragePool,
    AveragePool,
    MaxPool,
    BatchNorm,
    Concat,
    Pad,
    Upsample,
)


def op_for(call: Call) -> type[Op]:
    """The first operator of the registry that stands for the call.

    Raises:
        UnsupportedLayerError: None does.
    """
    refuse_unknown([call])
    return next(op for op in OPS if op.claims(call))


def refuse_unknown(calls: Sequence[Call]) -> None:
    """Name all calls that no operator stands for.

    Raises:
        UnsupportedLayerError: There are some.
    """
    alien = [call for call in calls if not any(op.claims(call) for op in OPS)]
    if alien:
        places = ", ".join(f"{call.target} {call.layer or call.name!r}" for call in alien)
        known = ", ".join(sorted(set().union(*(op.targets for op in OPS))))
        verb = "has" if len(alien) == 1 else "have"
        raise UnsupportedLayerError(f"{places}: {verb} no integer operator; use one of {known}")
