"""Writes the calls of a network as the steps of `program.c`."""

import ctypes
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tinypareto.training.engine.calls import TracedCall
from tinypareto.training.engine.steps import gradient_of

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
"""Kinds of steps, in the order of `program.c`."""
ALIAS = "alias"
"""No step: a series as an image of height 1."""
FLAT = "flat"
"""No step: one pixel as a vector."""
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
    """The network has a call or a shape that no C step handles."""


@dataclass(frozen=True)
class Shape:
    """Shape of a value for one case."""

    channels: int
    height: int = 1
    width: int = 1

    @classmethod
    def from_sizes(cls, sizes: tuple[int, ...]) -> "Shape":
        """Shape of an input (channels, length) or (channels, height, width)."""
        return cls(sizes[0], *(1, *sizes[1:])[-2:])

    @property
    def pixels(self) -> int:
        """Number of positions."""
        return self.height * self.width

    @property
    def floats(self) -> int:
        """Number of values."""
        return self.pixels * self.channels


def build_step(kind: str, call: TracedCall, x: Shape) -> tuple[CStep, Shape]:
    """Build a step with its parameters.

    Args:
        kind: One of `KINDS`.
        call: The call that the step computes.
        x: Shape of its first input.

    Returns:
        The step without pointers into the program's memory, and the shape of its result.

    Raises:
        BeyondError: A linear layer reads something other than vectors, or a parameter is not
            float32.
    """
    layer, result = call.layer, x
    step = CStep(kind=KINDS.index(kind))
    if isinstance(layer, nn.Conv2d):
        sides = layer.kernel_size, layer.stride, layer.padding
        rows, columns = (tuple(int(side[axis]) for side in sides) for axis in (0, 1))
        result = Shape(layer.out_channels, _steps(x.height, *rows), _steps(x.width, *columns))
        for axis, numbers in (("height", rows), ("width", columns)):
            for name, number in zip(("kernel", "stride", "padding"), numbers, strict=True):
                setattr(step.w, f"{name}_{axis}", number)
    elif isinstance(layer, nn.Linear):
        if x != Shape(layer.in_features):
            raise BeyondError
        result = Shape(layer.out_features)
    elif kind == "mean":
        result = Shape(x.channels)
    elif isinstance(layer, nn.BatchNorm2d):
        step.eps, step.floor = layer.eps, 0.0 if call.rectified else float("-inf")
    for name, number in (
        *(("inputs", x.channels), ("height", x.height), ("width", x.width)),
        *(("outputs", result.channels), ("out_height", result.height), ("out_width", result.width)),
    ):
        setattr(step.w, name, number)
    for name in ("weight", "bias"):
        parameter = getattr(layer, name, None)
        if isinstance(parameter, Tensor):
            if parameter.dtype != torch.float32:
                raise BeyondError
            setattr(step, name, parameter.data_ptr())
            setattr(step, f"by_{name}", gradient_of(parameter).data_ptr())
    return step, result


def _steps(side: int, kernel: int, stride: int, padding: int) -> int:
    """Number of positions of a window along one axis."""
    return (side + 2 * padding - kernel) // stride + 1
