"""Layers as pairs of a forward and a backward step, without autograd.

On networks this small the time of an SGD step goes into its few hundred calls, not into their
arithmetic. So the common layers are a few calls of torch's kernels here; all others are left to
torch's autograd, call by call.

Tensors are (n, channels, height, width) with the channels last in memory. Every step keeps the
values that its backward pass needs, and adds the gradients of its parameters to theirs.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

Gradients = Sequence[Tensor | None]
Kernel = Callable[[Tensor, Tensor], Tensor]
aten = torch.ops.aten


class Step(Protocol):
    """Forward and backward pass of one call."""

    def forward(self, *inputs: Any) -> Any:
        """Compute the result of the call."""
        ...

    def backward(self, gradient: Tensor) -> Gradients:
        """Compute the gradient with respect to each input, None for inputs without one.

        Args:
            gradient: Gradient of the loss with respect to the result, of the result's shape.
        """
        ...


def gradient_of(parameter: Tensor) -> Tensor:
    """The tensor that the gradient of a parameter is added to."""
    assert parameter.grad is not None
    return parameter.grad


def dense(x: Tensor) -> Tensor:
    """The same values with the channels last in memory."""
    return x.contiguous(memory_format=torch.channels_last)


class Pointwise:
    """A convolution with a 1 x 1 kernel: one product of matrices.

    Strided ones are not left to oneDNN: where the channels are last and few, its gradient with
    respect to the weights writes beyond its memory (uxlfoundation/oneDNN#6035, open; seen in
    version 3.12 with AVX2).
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        self.weight = layer.weight.detach().flatten(1)
        self.weight_gradient = gradient_of(layer.weight).flatten(1)
        self.bias = layer.bias
        self.rows, self.columns = layer.stride
        self.strided = layer.stride != (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h', w')."""
        self.shape = x.shape
        if self.strided:
            x = x[:, :, :: self.rows, :: self.columns]
        n, _, height, width = x.shape
        self.x = _rows(x)
        if self.bias is None:
            y = torch.mm(self.x, self.weight.t())
        else:
            y = torch.addmm(self.bias, self.x, self.weight.t())
        return y.view(n, height, width, -1).permute(0, 3, 1, 2)

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        n, _, height, width = gradient.shape
        rows = _rows(gradient)
        self.weight_gradient.addmm_(rows.t(), self.x)
        if self.bias is not None:
            gradient_of(self.bias).add_(rows.sum(0))
        back = torch.mm(rows, self.weight).view(n, height, width, -1).permute(0, 3, 1, 2)
        return (self._spread(back) if self.strided else back,)

    def _spread(self, gradient: Tensor) -> Tensor:
        """Gradient with respect to all pixels, from that of the pixels that the stride reads."""
        n, channels, height, width = self.shape
        wide = gradient.new_zeros(n, height, width, channels).permute(0, 3, 1, 2)
        wide[:, :, :: self.rows, :: self.columns] = gradient
        return wide


def _rows(x: Tensor) -> Tensor:
    """(n, channels, h, w) to (n * h * w, channels)."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


class Convolution:
    """Any other convolution.

    Args:
        layer: The convolution.
        active: Whether the gradient with respect to its input is needed.
    """

    def __init__(self, layer: nn.Conv2d, active: bool) -> None:
        self.weight, self.bias = layer.weight, layer.bias
        self.sizes = None if layer.bias is None else [layer.out_channels]
        self.wanted = [active, True, layer.bias is not None]
        geometry = layer.stride, layer.padding, layer.dilation
        self.settings = (*map(list, geometry), False, [0, 0], layer.groups)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h', w')."""
        self.x = dense(x)
        result: Tensor = aten.convolution.default(self.x, self.weight, self.bias, *self.settings)
        return result

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        back, by_weight, by_bias = aten.convolution_backward.default(
            gradient, self.x, self.weight, self.sizes, *self.settings, self.wanted
        )
        gradient_of(self.weight).add_(by_weight)
        if self.bias is not None:
            gradient_of(self.bias).add_(by_bias)
        return (back,)


class Norm:
    """Batch norm, and the ReLU after it if there is one.

    The running statistics are not updated: `recalibrate` computes them at the end of training.
    """

    def __init__(self, layer: nn.BatchNorm2d, rectified: bool) -> None:
        self.weight, self.bias = layer.weight, layer.bias
        self.rectified, self.eps = rectified, layer.eps

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, channels, h, w) in and out."""
        self.x = x
        self.y, self.mean, self.inverse = torch.native_batch_norm(
            x, self.weight, self.bias, None, None, True, 0.0, self.eps
        )
        return self.y.clamp_min_(0) if self.rectified else self.y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        if self.rectified:
            gradient = aten.threshold_backward.default(gradient, self.y, 0)
        saved = None, None, self.mean, self.inverse, True, self.eps
        back, by_weight, by_bias = aten.native_batch_norm_backward.default(
            gradient, self.x, self.weight, *saved, [True, True, True]
        )
        gradient_of(self.weight).add_(by_weight)
        gradient_of(self.bias).add_(by_bias)
        return (back,)


class Activation:
    """An activation by its forward and backward kernels."""

    def __init__(self, function: Callable[[Tensor], Tensor], derivative: Kernel) -> None:
        self.function, self.derivative = function, derivative

    def forward(self, x: Tensor) -> Tensor:
        """Any shape in and out."""
        self.x = x
        return self.function(x)

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        return (self.derivative(gradient, self.x),)


ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Kernel]] = {
    "relu": (torch.relu, partial(aten.threshold_backward.default, threshold=0)),
    "hardsigmoid": (functional.hardsigmoid, aten.hardsigmoid_backward.default),
    "hardswish": (functional.hardswish, aten.hardswish_backward.default),
}
"""Forward and backward kernels by the key of the call's record."""


class Reshape:
    """The same values in another shape.

    Args:
        call: Reshapes a tensor; sizes that the network computes are its further arguments.
    """

    def __init__(self, call: Callable[..., Tensor]) -> None:
        self.call = call

    def forward(self, x: Tensor, *sizes: int) -> Tensor:
        """Reshape a tensor of any shape."""
        self.shape, self.others = x.shape, [None] * len(sizes)
        return self.call(x, *sizes)

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        return gradient.reshape(self.shape), *self.others


class Linear:
    """A linear layer on vectors."""

    def __init__(self, layer: nn.Linear) -> None:
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs) to (n, outputs)."""
        self.x = x
        return functional.linear(x, self.weight, self.bias)

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        rows = gradient.reshape(-1, gradient.shape[-1])
        gradient_of(self.weight).addmm_(rows.t(), self.x.reshape(len(rows), -1))
        if self.bias is not None:
            gradient_of(self.bias).add_(rows.sum(0))
        return (gradient.matmul(self.weight),)


class GlobalMean:
    """The mean of all positions."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) to (n, channels, 1, 1)."""
        self.shape = x.shape
        return x.mean((2, 3), keepdim=True)

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        return ((gradient / (self.shape[2] * self.shape[3])).expand(self.shape),)


class Sum:
    """Two tensors, broadcast where their shapes differ."""

    def forward(self, x: Any, y: Any) -> Any:
        """Compute their sum."""
        self.x, self.y = x, y
        return x + y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradients with respect to both operands."""
        return _summed(gradient, self.x), _summed(gradient, self.y)


class Product:
    """Two tensors, broadcast where their shapes differ, such as the gate of every channel."""

    def forward(self, x: Any, y: Any) -> Any:
        """Compute their product."""
        self.x, self.y = x, y
        return x * y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradients with respect to both operands."""
        return _summed(gradient * self.y, self.x), _summed(gradient * self.x, self.y)


def _summed(gradient: Tensor, value: Tensor) -> Tensor:
    """Sum a gradient over the axes along which `value` was broadcast."""
    return gradient if gradient.shape == value.shape else gradient.sum_to_size(value.shape)
