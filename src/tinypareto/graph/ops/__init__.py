"""The registry of torch calls and of the integer operators that stand for them.

A new operator is one file in this folder and one line in `TORCH_CALLS`.
"""

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
from tinypareto.graph.ops.inner_average_pool import InnerAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.random_kernels import RandomKernels
from tinypareto.graph.ops.softmax import Softmax
from tinypareto.graph.ops.step_average_pool import StepAveragePool
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.torch_call import ChannelFlow, Role, TorchCall

TORCH_CALLS: tuple[TorchCall, ...] = (
    TorchCall(
        "conv", ("Conv1d", "Conv2d"), (DepthwiseConv2d, Conv2d), own_flow=ChannelFlow.CONVOLUTION
    ),
    TorchCall("linear", ("Linear",), (Linear,), own_flow=ChannelFlow.LINEAR),
    TorchCall(
        "batch_norm", ("BatchNorm1d", "BatchNorm2d"), (BatchNorm,), own_flow=ChannelFlow.NORM
    ),
    # With a number instead of a second tensor, arithmetic is a table of results.
    TorchCall("add", ("add",), (Add, Table)),
    TorchCall("mul", ("mul",), (Mul, Table)),
    TorchCall("sub", ("sub",), (Table,)),
    TorchCall("rsub", ("rsub",), (Table,)),
    TorchCall("div", ("div",), (Table,)),
    TorchCall("neg", ("neg",), (Table,)),
    TorchCall("relu", ("ReLU", "relu"), (Table,)),
    TorchCall("relu6", ("ReLU6", "relu6"), (Table,)),
    TorchCall("leaky_relu", ("LeakyReLU", "leaky_relu"), (Table,)),
    TorchCall("elu", ("ELU", "elu"), (Table,)),
    TorchCall("gelu", ("GELU", "gelu"), (Table,)),
    TorchCall("silu", ("SiLU", "silu"), (Table,)),
    TorchCall("hardswish", ("Hardswish", "hardswish"), (Table,)),
    TorchCall("hardsigmoid", ("Hardsigmoid", "hardsigmoid"), (Table,)),
    TorchCall("hardtanh", ("Hardtanh", "hardtanh"), (Table,)),
    TorchCall("clamp", ("clamp",), (Table,)),
    TorchCall("sigmoid", ("Sigmoid", "sigmoid"), (Table,)),
    TorchCall("tanh", ("Tanh", "tanh"), (Table,)),
    TorchCall("softplus", ("Softplus", "softplus"), (Table,)),
    TorchCall("softmax", ("Softmax", "softmax"), (Softmax,)),
    TorchCall(
        "adaptive_avg_pool",
        ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d"),
        (GlobalAveragePool, AveragePool),
    ),
    TorchCall("mean", ("mean",), (GlobalAveragePool,)),
    TorchCall(
        "avg_pool",
        ("AvgPool1d", "AvgPool2d", "avg_pool1d", "avg_pool2d"),
        (StepAveragePool, InnerAveragePool, AveragePool),
    ),
    TorchCall("max_pool", ("MaxPool1d", "MaxPool2d", "max_pool1d", "max_pool2d"), (MaxPool,)),
    TorchCall("random_kernels", ("RandomKernels",), (RandomKernels,), own_flow=ChannelFlow.LINEAR),
    TorchCall("cat", ("cat", "concat", "concatenate"), (Concat,)),
    TorchCall("pad", ("ConstantPad1d", "ConstantPad2d", "ZeroPad1d", "ZeroPad2d", "pad"), (Pad,)),
    TorchCall("getitem", ("getitem",), (Pad,)),
    TorchCall("upsample", ("Upsample", "UpsamplingNearest2d", "interpolate"), (Upsample,)),
    TorchCall(
        "identity", ("Identity", "clone", "contiguous", "detach", "float", "to"), role=Role.IDENTITY
    ),
    TorchCall(
        "dropout",
        (
            *("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout"),
            *("dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_alpha_dropout"),
        ),
        role=Role.IDENTITY,
    ),
    TorchCall(
        "reshape",
        ("Flatten", "Unflatten", "flatten", "unflatten", "view", "reshape", "squeeze", "unsqueeze"),
        role=Role.RESHAPE,
    ),
)
"""Every torch call that can stand in a network."""

_BY_NAME = {name: record for record in TORCH_CALLS for name in record.names}

OPS: tuple[type[Op], ...] = tuple(dict.fromkeys(op for record in TORCH_CALLS for op in record.ops))
"""All integer operators."""


def torch_call(name: str) -> TorchCall | None:
    """The record of a torch call, or None if the call is unknown.

    Args:
        name: Class name of a module or name of a function, as in `Call.target`.
    """
    return _BY_NAME.get(name)


def op_for(call: Call) -> type[Op]:
    """The operator that stands for a call: the first of its record that claims it.

    Raises:
        UnsupportedLayerError: No operator does.
    """
    refuse_unknown([call])
    return _claiming(call)[0]


def refuse_unknown(calls: Sequence[Call]) -> None:
    """Refuse calls without an integer operator, all of them in one message.

    Raises:
        UnsupportedLayerError: At least one call has none.
    """
    unknown = [call for call in calls if not _claiming(call)]
    if unknown:
        places = ", ".join(f"{call.target} {call.layer or call.name!r}" for call in unknown)
        known = ", ".join(
            sorted(name for record in TORCH_CALLS if record.ops for name in record.names)
        )
        verb = "has" if len(unknown) == 1 else "have"
        raise UnsupportedLayerError(f"{places}: {verb} no integer operator; use one of {known}")


def _claiming(call: Call) -> list[type[Op]]:
    record = torch_call(call.target)
    return [op for op in record.ops if op.claims(call)] if record else []
