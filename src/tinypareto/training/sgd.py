"""SGD on all parameters at once, as one vector."""

import torch
from torch import Tensor, nn

from tinypareto.pruning.prune import State


class FlatSGD:
    """SGD with momentum and weight decay, as in torch.optim.SGD, in few operations per step.

    The parameters and their gradients become views into two vectors. Gradients must only be added
    to in place: assigning a new tensor to `grad` would detach it from its vector.

    Args:
        module: A module whose parameters are dense and all on one device.
        momentum: Momentum, in [0, 1].
        weight_decay: L2 coefficient, at least 0.

    Attributes:
        state: Momentum of every parameter, in the parameter's shape.
    """

    def __init__(self, module: nn.Module, momentum: float, weight_decay: float) -> None:
        self.momentum, self.weight_decay = momentum, weight_decay
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.frozen = [p for p in module.parameters() if not p.requires_grad]
        self.state: State = {p: {"momentum": torch.zeros_like(p)} for p in self.parameters}
        self.gather()

    def gather(self) -> None:
        """Build the vectors from the present parameters and momenta, such as after pruning."""
        sizes = [p.numel() for p in self.parameters]
        self.values = _joined([p.detach() for p in self.parameters])
        self.velocity = _joined([self.state[p]["momentum"] for p in self.parameters])
        self.gradients = torch.zeros_like(self.values)
        self.mean, self.averaged = self.values.clone(), 0
        vectors = self.values, self.velocity, self.gradients
        parts = (torch.split(vector, sizes) for vector in vectors)
        for p, value, velocity, gradient in zip(self.parameters, *parts, strict=True):
            p.grad = None
            p.data, p.grad = value.view(p.shape), gradient.view(p.shape)
            self.state[p]["momentum"] = velocity.view(p.shape)
        for p in self.frozen:
            # Compiled steps write a gradient for every parameter; nobody reads a frozen one's.
            p.grad = torch.zeros_like(p)

    def step(self, lr: float) -> None:
        """Update the parameters by their gradients, then set the gradients to zero."""
        self.gradients.add_(self.values, alpha=self.weight_decay)
        self.velocity.mul_(self.momentum).add_(self.gradients)
        self.values.add_(self.velocity, alpha=-lr)
        self.gradients.zero_()

    def average(self) -> None:
        """Add the present parameters to their running mean; `gather` starts a new mean."""
        self.averaged += 1
        self.mean.lerp_(self.values, 1 / self.averaged)

    def settle(self) -> None:
        """Replace the parameters by their running mean, if there is one (Izmailov 2018)."""
        if self.averaged:
            self.values.copy_(self.mean)

    def release(self) -> None:
        """Give every parameter memory of its own again, and drop the gradients."""
        for p in self.parameters:
            p.data, p.grad = p.data.clone(), None
        for p in self.frozen:
            p.grad = None


def _joined(tensors: list[Tensor]) -> Tensor:
    """All tensors as one vector; empty for a network whose parameters are all frozen."""
    return torch.cat([tensor.flatten() for tensor in tensors]) if tensors else torch.zeros(0)
