"""A traced network as a list of steps that are run forward and then backward."""

from typing import Any

from torch import Tensor

from tinypareto.training.engine.autograd_step import Autograd, run_call
from tinypareto.training.engine.calls import TracedCall, TracedCalls, in_place, parameters
from tinypareto.training.engine.steps import Step
from tinypareto.training.engine.training_steps import training_step


class Tape:
    """Steps of one network, for the parameters that it has now.

    The result and all gradients equal those of torch's autograd, up to rounding.

    Args:
        traced: Calls of a module in training mode; every parameter has a gradient to add to.
    """

    def __init__(self, traced: TracedCalls) -> None:
        self.calls, self.output = traced.calls, traced.output
        self.steps = [_step(call) for call in self.calls]

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output for a batch, [n, channels, ...] to [n, classes]."""
        values: list[Any] = [x]
        for call, step in zip(self.calls, self.steps, strict=True):
            values.append(step.forward(*[values[number] for number in call.inputs]))
        result: Tensor = values[self.output]
        return result

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of all parameters to theirs.

        Args:
            gradient: Gradient of the loss with respect to the output, [n, classes].
        """
        gradients = {self.output: gradient}
        for call, step in zip(reversed(self.calls), reversed(self.steps), strict=True):
            if call.output not in gradients:
                continue
            by_inputs = step.backward(gradients.pop(call.output))
            for number, active, values in zip(call.inputs, call.active, by_inputs, strict=True):
                if active and values is not None:
                    known = gradients.get(number)
                    gradients[number] = values if known is None else known + values


def _step(call: TracedCall) -> Step:
    """The step of a call: its own one, or autograd."""
    own = training_step(call)
    step = own.tape(call) if own else None
    return step or Autograd(run_call(call), parameters(call.layer), in_place(call.node, call.layer))
