"""Steps that run compiled C on float32 tensors on the CPU, the channels last in memory."""

import torch
from torch import Tensor, nn

from tinypareto.training.engine.kernels import call, sizes
from tinypareto.training.engine.steps import Gradients, dense, gradient_of

SPAN = 512
"""Number of values of a row that a depthwise convolution processes at once; fits the L1 cache."""
EVERYTHING = float("-inf")


class CompiledNorm:
    """Batch norm, and the ReLU after it if there is one; see `steps.Norm`."""

    def __init__(self, layer: nn.BatchNorm2d, rectified: bool) -> None:
        self.weight, self.bias, self.eps = layer.weight, layer.bias, layer.eps
        self.floor = 0.0 if rectified else EVERYTHING

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, channels, h, w) in and out."""
        self.x = dense(x)
        self.y = torch.empty_like(self.x)
        self.mean, self.inverse = torch.empty_like(self.weight), torch.empty_like(self.weight)
        channels = len(self.weight)
        self.shape = x.numel() // channels, channels
        tensors = self.x, self.y, self.weight, self.bias
        call("norm_forward", *tensors, self.mean, self.inverse, *self.shape, self.eps, self.floor)
        return self.y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        gradient = dense(gradient)
        back = torch.empty_like(self.x)
        saved = self.x, self.y, self.weight, self.mean, self.inverse
        results = back, gradient_of(self.weight), gradient_of(self.bias)
        call("norm_backward", gradient, *saved, *results, *self.shape, self.floor)
        return (back,)


class CompiledDepthwise:
    """A depthwise convolution of stride 1 whose output is as large as its input."""

    def __init__(self, layer: nn.Conv2d) -> None:
        self.kernel = layer.kernel_size
        taps, channels = self.kernel[0] * self.kernel[1], layer.out_channels
        self.weight = layer.weight.detach().reshape(channels, taps).t()
        self.by_weight = gradient_of(layer.weight).view(channels, taps).t()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, channels, h, w) in and out."""
        self.x = dense(x)
        n, channels, height, width = x.shape
        self.span = max(1, min(width, SPAN // channels))
        repeated = self.weight[:, None].expand(-1, self.span, -1)
        self.wide = repeated.contiguous()
        self.geometry = sizes(n, channels, height, width, *self.kernel)
        y = torch.empty_like(self.x)
        call("depthwise_forward", self.x, self.wide, y, self.span, self.geometry)
        return y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradient with respect to the input."""
        back, by_wide = torch.zeros_like(self.x), torch.zeros_like(self.wide)
        tensors = dense(gradient), self.x, self.wide
        call("depthwise_backward", *tensors, back, by_wide, self.span, self.geometry)
        self.by_weight.add_(by_wide.sum(1))
        return (back,)
