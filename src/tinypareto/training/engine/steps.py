"""Layers as pairs of a forward and a backward step, without autograd.

On networks this small a step of SGD takes as long as its some hundred calls, not as the arithmetic
in them. So the common layers are a few calls of torch's kernels here; all else is left to torch's
own gradients, call by call.

Tensors are (n, channels, height, width) with the channels last in memory. Every step keeps what its
backward pass needs, and adds the gradients of its parameters to theirs.
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
    """One call of the network."""

    def forward(self, *inputs: Any) -> Any:
        """The result."""
        ...

    def backward(self, gradient: Tensor) -> Gradients:
        """The gradient by each input; None where there is none."""
        ...


def gradient_of(parameter: Tensor) -> Tensor:
    """Where its gradient is added."""
    assert parameter.grad is not None
    return parameter.grad


def dense(x: Tensor) -> Tensor:
    """The same values with the channels last in memory."""
    return x.contiguous(memory_format=torch.channels_last)


class Pointwise:
    """A convolution of single pixels, of all or every few: one product of matrices.

    Those with a stride are not left to oneDNN: where the channels are last and few, its gradient
    by the weights writes beyond its memory (uxlfoundation/oneDNN#6035, open; met with 3.12, AVX2).
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
        """By the input."""
        n, _, height, width = gradient.shape
        rows = _rows(gradient)
        self.weight_gradient.addmm_(rows.t(), self.x)
        if self.bias is not None:
            gradient_of(self.bias).add_(rows.sum(0))
        back = torch.mm(rows, self.weight).view(n, height, width, -1).permute(0, 3, 1, 2)
        return (self._spread(back) if self.strided else back,)

    def _spread(self, gradient: Tensor) -> Tensor:
        """The gradient by all pixels from that by those that are read."""
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
        active: Whether the gradient by its input is needed.
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
        """By the input."""
        back, by_weight, by_bias = aten.convolution_backward.default(
            gradient, self.x, self.weight, self.sizes, *self.settings, self.wanted
        )
        gradient_of(self.weight).add_(by_weight)
        if self.bias is not None:
            gradient_of(self.bias).add_(by_bias)
        return (back,)


class Norm:
    """Batch norm, with the ReLU that follows it if one does.

    The running statistics stay as they are: `recalibrate` takes them at the end.
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
        """By the input."""
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

    def __init__(self, there: Callable[[Tensor], Tensor], back: Kernel) -> None:
        self.there, self.back = there, back

    def forward(self, x: Tensor) -> Tensor:
        """Any shape in and out."""
        self.x = x
        return self.there(x)

    def backward(self, gradient: Tensor) -> Gradients:
        """By the input."""
        return (self.back(gradient, self.x),)


ACTIVATIONS: dict[type[nn.Module], tuple[Callable[[Tensor], Tensor], Kernel]] = {
    nn.ReLU: (torch.relu, partial(aten.threshold_backward.default, threshold=0)),
    nn.Hardsigmoid: (functional.hardsigmoid, aten.hardsigmoid_backward.default),
    nn.Hardswish: (functional.hardswish, aten.hardswish_backward.default),
}


class Reshape:
    """The same values in another shape."""

    def __init__(self, there: Callable[..., Tensor]) -> None:
        self.there = there

    def forward(self, x: Tensor, *sizes: int) -> Tensor:
        """What the call returns."""
        self.shape, self.others = x.shape, [None] * len(sizes)
        return self.there(x, *sizes)

    def backward(self, gradient: Tensor) -> Gradients:
        """By the input."""
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
        """By the input."""
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
        """By the input."""
        return ((gradient / (self.shape[2] * self.shape[3])).expand(self.shape),)


class Sum:
    """Two tensors, broadcast where their shapes differ."""

    def forward(self, x: Any, y: Any) -> Any:
        """Their sum."""
        self.x, self.y = x, y
        return x + y

    def backward(self, gradient: Tensor) -> Gradients:
        """By both."""
        return _summed(gradient, self.x), _summed(gradient, self.y)


class Product:
    """Two tensors, broadcast where their shapes differ, such as the gate of every channel."""

    def forward(self, x: Any, y: Any) -> Any:
        """Their product."""
        self.x, self.y = x, y
        return x * y

    def backward(self, gradient: Tensor) -> Gradients:
        """By both."""
        return _summed(gradient * self.y, self.x), _summed(gradient * self.x, self.y)


def _summed(gradient: Tensor, value: Tensor) -> Tensor:
    """Over the axes that were broadcast."""
    return gradient if gradient.shape == value.shape else gradient.sum_to_size(value.shape)


class Autograd:
    """Whatever else torch can do, by its own gradient."""

    def __init__(
        self, call: Callable[..., Any], parameters: Sequence[nn.Parameter], in_place: bool
    ) -> None:
        self.call, self.parameters, self.in_place = call, parameters, in_place

    def forward(self, *inputs: Any) -> Any:
        """What the call returns."""
        with torch.inference_mode(False), torch.enable_grad():
            values = [_leaf(value) for value in inputs]
            self.leaves = [v for v in values if isinstance(v, Tensor) and v.requires_grad]
            self.where = [isinstance(v, Tensor) and v.requires_grad for v in values]
            if self.in_place:
                values = [v.clone() if isinstance(v, Tensor) else v for v in values]
            self.y = self.call(*values)
        return self.y.detach() if isinstance(self.y, Tensor) else self.y

    def backward(self, gradient: Tensor) -> Gradients:
        """By every input that can have one."""
        wanted = [*self.leaves, *self.parameters]
        made = iter(torch.autograd.grad(self.y, wanted, gradient, allow_unused=True))
        back = [next(made) if there else None for there in self.where]
        for parameter, values in zip(self.parameters, made, strict=True):
            if values is not None:
                gradient_of(parameter).add_(values)
        return back


def _leaf(value: Any) -> Any:
    if isinstance(value, Tensor) and value.is_floating_point():
        # Not with the channels last: see `Pointwise` for what a convolution may do with them.
        return value.clone(memory_format=torch.contiguous_format).requires_grad_()
    return value
