"""The step of any call of torch, with the gradient of torch's autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn

from tinypareto.training.engine.calls import TracedCall
from tinypareto.training.engine.steps import Gradients, gradient_of


class Autograd:
    """Any call of torch, with the gradient that torch's autograd gives it.

    Args:
        call: The call, on the values of its inputs.
        parameters: Trainable parameters that it uses.
        in_place: Whether it overwrites its first input.
    """

    def __init__(
        self, call: Callable[..., Any], parameters: Sequence[nn.Parameter], in_place: bool
    ) -> None:
        self.call, self.parameters, self.in_place = call, parameters, in_place

    def forward(self, *inputs: Any) -> Any:
        """Run the call, on tensors or on plain values such as sizes."""
        with torch.inference_mode(False), torch.enable_grad():
            values = [_leaf(value) for value in inputs]
            self.leaves = [v for v in values if isinstance(v, Tensor) and v.requires_grad]
            self.differentiable = [isinstance(v, Tensor) and v.requires_grad for v in values]
            if self.in_place:
                values = [v.clone() if isinstance(v, Tensor) else v for v in values]
            self.y = self.call(*values)
        return self.y.detach() if isinstance(self.y, Tensor) else self.y

    def backward(self, gradient: Tensor) -> Gradients:
        """Gradients with respect to all inputs that can have one."""
        if not self.y.requires_grad:  # such as after `detach`
            return [None] * len(self.differentiable)
        wanted = [*self.leaves, *self.parameters]
        gradients = iter(torch.autograd.grad(self.y, wanted, gradient, allow_unused=True))
        back = [next(gradients) if there else None for there in self.differentiable]
        for parameter, values in zip(self.parameters, gradients, strict=True):
            if values is not None:
                gradient_of(parameter).add_(values)
        return back


def _leaf(value: Any) -> Any:
    if isinstance(value, Tensor) and value.is_floating_point():
        # Not with the channels last: see `steps.Pointwise` for the error of a convolution on them.
        return value.clone(memory_format=torch.contiguous_format).requires_grad_()
    return value


def run_call(call: TracedCall) -> Callable[..., Any]:
    """A function that runs a call on the values of its input nodes, in their order."""
    # With the channels last in memory a view may need to move values.
    node = call.node
    target = "reshape" if node.target == "view" else node.target
    function = call.layer or target
    sources = node.all_input_nodes

    def run(*inputs: Any) -> Any:
        values = dict(zip(sources, inputs, strict=True))
        args = fx.node.map_arg(node.args, values.__getitem__)
        kwargs = fx.node.map_arg(node.kwargs, values.__getitem__)
        if node.op == "call_method":
            return getattr(args[0], str(function))(*args[1:], **kwargs)
        assert callable(function)
        return function(*args, **kwargs)

    return run
