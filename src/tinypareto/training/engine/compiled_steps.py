"""The calls of a network as the steps of `program.c`."""

import ctypes
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tinypareto.training.engine.calls import Entry, is_norm
from tinypareto.training.engine.steps import Product, Sum, gradient_of
from tinypareto.training.engine.tape import combination, is_global_mean

KINDS = (
    "dense",
    "convolution",
    "filters",
    "norm",
    "relu",
    "hardsigmoid",
    "hardswish",
    "mean",
    "product",
    "sum",
)
"""In the order of `program.c`."""
ALIAS = "alias"
"""A series as an image of height 1: no step."""
FLAT = "flat"
"""One pixel as a vector: no step."""
_ACTIVATIONS: dict[type, str] = {
    nn.ReLU: "relu",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Hardswish: "hardswish",
}
_COMBINATIONS: dict[type, str] = {Sum: "sum", Product: "product"}
_WINDOW = (
    *("inputs", "outputs", "height", "width", "out_height", "out_width"),
    *("kernel_height", "kernel_width", "stride_height", "stride_width"),
    *("padding_height", "padding_width"),
)
_POINTERS = (
    *("x", "z", "y", "by_y", "by_x", "add_x", "by_z", "add_z"),
    *("weight", "bias", "by_weight", "by_bias", "kept", "room"),
)


class Window(ctypes.Structure):
    """`window` of kernels.h."""

    _fields_ = [(name, ctypes.c_int64) for name in _WINDOW]


class CStep(ctypes.Structure):
    """`step` of program.c."""

    _fields_ = [
        ("kind", ctypes.c_int64),
        ("w", Window),
        ("z_pixels", ctypes.c_int64),
        ("eps", ctypes.c_float),
        ("floor", ctypes.c_float),
        *((name, ctypes.c_void_p) for name in _POINTERS),
    ]


class BeyondError(Exception):
    """The network has something that no C step does."""


@dataclass(frozen=True)
class Shape:
    """Of a value of one case."""

    channels: int
    height: int = 1
    width: int = 1

    @classmethod
    def of(cls, sizes: tuple[int, ...]) -> "Shape":
        """Of an input (channels, length) or (channels, height, width)."""
        return cls(sizes[0], *(1, *sizes[1:])[-2:])

    @property
    def pixels(self) -> int:
        """Positions."""
        return self.height * self.width

    @property
    def floats(self) -> int:
        """Values."""
        return self.pixels * self.channels


def kind_of(entry: Entry) -> str:
    """What a call is: one of `KINDS`, `ALIAS` or `FLAT`.

    Raises:
        BeyondError: Something else.
    """
    layer = entry.layer
    if is_norm(layer):
        return "norm"
    if isinstance(layer, nn.Conv2d) and type(layer) is nn.Conv2d:
        return _convolution(layer, any(entry.active))
    if type(layer) is nn.Linear:
        return "dense"
    if type(layer) in _ACTIVATIONS:
        return _ACTIVATIONS[type(layer)]
    if is_global_mean(layer):
        return "mean"
    if (combined := combination(entry)) is not None:
        return _COMBINATIONS[combined]
    if entry.node.target == "unsqueeze" and entry.inputs == (0,):
        return ALIAS
    if isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1):
        return FLAT
    raise BeyondError


def _convolution(layer: nn.Conv2d, active: bool) -> str:
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str) or layer.dilation != (1, 1):
        raise BeyondError
    if layer.groups > 1:
        depthwise = layer.groups == layer.in_channels == layer.out_channels
        if layer.bias is not None or not depthwise:
            raise BeyondError
        return "filters"
    single = layer.kernel_size == layer.stride == (1, 1) and layer.padding == (0, 0)
    if active and not single:
        # Torch's own are faster where many channels meet many taps.
        raise BeyondError
    return "dense" if single else "convolution"


def step_of(kind: str, entry: Entry, x: Shape) -> tuple[CStep, Shape]:
    """A step with its parameters, and the shape of its result.

    Raises:
        BeyondError: A linear layer that is not for vectors, or another type.
    """
    layer, made = entry.layer, x
    step = CStep(kind=KINDS.index(kind))
    if isinstance(layer, nn.Conv2d):
        sides = layer.kernel_size, layer.stride, layer.padding
        rows, columns = (tuple(int(side[at]) for side in sides) for at in (0, 1))
        made = Shape(layer.out_channels, _steps(x.height, *rows), _steps(x.width, *columns))
        for axis, numbers in (("height", rows), ("width", columns)):
            for name, number in zip(("kernel", "stride", "padding"), numbers, strict=True):
                setattr(step.w, f"{name}_{axis}", number)
    elif isinstance(layer, nn.Linear):
        if x != Shape(layer.in_features):
            raise BeyondError
        made = Shape(layer.out_features)
    elif kind == "mean":
        made = Shape(x.channels)
    elif isinstance(layer, nn.BatchNorm2d):
        step.eps, step.floor = layer.eps, 0.0 if entry.rectified else float("-inf")
    for name, number in (
        *(("inputs", x.channels), ("height", x.height), ("width", x.width)),
        *(("outputs", made.channels), ("out_height", made.height), ("out_width", made.width)),
    ):
        setattr(step.w, name, number)
    for name in ("weight", "bias"):
        parameter = getattr(layer, name, None)
        if isinstance(parameter, Tensor):
            if parameter.dtype != torch.float32:
                raise BeyondError
            setattr(step, name, parameter.data_ptr())
            setattr(step, f"by_{name}", gradient_of(parameter).data_ptr())
    return step, made


def _steps(side: int, kernel: int, stride: int, padding: int) -> int:
    """Positions of a window along one axis."""
    return (side + 2 * padding - kernel) // stride + 1
