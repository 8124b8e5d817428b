"""SGD on all parameters as one vector."""

import torch
from torch import nn

from tinypareto.pruning.prune import State


class FlatSGD:
    """SGD with momentum and weight decay, as torch.optim.SGD, in four calls a step.

    Parameters and their gradients become views of two vectors; gradients are only ever added to.

    Args:
        module: Its parameters, dense and all on one device.
        momentum: In [0, 1].
        weight_decay: L2 coefficient.

    Attributes:
        state: The momentum of every parameter, in its shape.
    """

    def __init__(self, module: nn.Module, momentum: float, weight_decay: float) -> None:
        self.momentum, self.weight_decay = momentum, weight_decay
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.state: State = {p: {"momentum": torch.zeros_like(p)} for p in self.parameters}
        self.gather()

    def gather(self) -> None:
        """Make the vectors from the parameters and momenta as they are now."""
        sizes = [p.numel() for p in self.parameters]
        self.values = torch.cat([p.detach().flatten() for p in self.parameters])
        self.velocity = torch.cat([self.state[p]["momentum"].flatten() for p in self.parameters])
        self.gradients = torch.zeros_like(self.values)
        self.mean, self.averaged = self.values.clone(), 0
        vectors = self.values, self.velocity, self.gradients
        parts = (torch.split(vector, sizes) for vector in vectors)
        for p, value, velocity, gradient in zip(self.parameters, *parts, strict=True):
            p.grad = None
            p.data, p.grad = value.view(p.shape), gradient.view(p.shape)
            self.state[p]["momentum"] = velocity.view(p.shape)

    def step(self, lr: float) -> None:
        """One update by the gradients, which are zero afterwards."""
        self.gradients.add_(self.values, alpha=self.weight_decay)
        self.velocity.mul_(self.momentum).add_(self.gradients)
        self.values.add_(self.velocity, alpha=-lr)
        self.gradients.zero_()

    def average(self) -> None:
        """Take the parameters as they are now into their mean; `gather` begins it anew."""
        self.averaged += 1
        self.mean.lerp_(self.values, 1 / self.averaged)

    def settle(self) -> None:
        """Replace the parameters by their mean, if there is one (Izmailov 2018)."""
        if self.averaged:
            self.values.copy_(self.mean)

    def release(self) -> None:
        """Give every parameter memory of its own again."""
        for p in self.parameters:
            p.data, p.grad = p.data.clone(), None
