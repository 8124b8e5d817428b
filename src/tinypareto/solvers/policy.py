"""Policies: networks of two linear layers that say where a state goes next.

| symbol | meaning | shape | unit |
|---|---|---|---|
| L | agents | | |
| k | policies per agent | | |
| d | coordinates | | |
| h | hidden units | | |
| P | parameters, h (d + 1) + d h, those of the hidden layer first | | |
| theta | parameters of policies | (L, k, P) | 1 |
| a(x) | action at the state x | (..., d) | range |
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Policy:
    """a(x) = action_scale * W2 tanh(W1 [2x - 1, 1]) / sqrt(h), without an output bias.

    The hidden layer starts at random and the output layer at zero. Were both zero, theta + phi
    and theta - phi would act alike (minus times minus), and the ARS gradient would be zero for
    ever; with a zero output layer an untrained agent stays at its start.

    Attributes:
        dim: Number of coordinates, d.
        hidden: Number of hidden units, h; 64 in Section 4 of Deutel 2023.
        action_scale: Step length in units of the range: a direction with noise nu moves a
            coordinate by about 0.6 * action_scale * nu per step.
    """

    dim: int
    hidden: int
    action_scale: float

    @property
    def size(self) -> int:
        """Number of parameters of one policy, P."""
        return self._inner + self.dim * self.hidden

    @property
    def _inner(self) -> int:
        """Number of parameters of the hidden layer."""
        return self.hidden * (self.dim + 1)

    def initial(self, agents: int, generator: torch.Generator) -> Tensor:
        """Draw (L, P) untrained policies.

        Weights of the hidden layer are N(0, 1/d) and its biases N(0, 1), so that tanh is neither
        linear nor saturated; the output layer is zero.
        """
        inner = torch.randn(agents, self.hidden, self.dim + 1, generator=generator)
        # A sum of d inputs of order one; without the factor tanh would saturate.
        inner[..., : self.dim] /= math.sqrt(self.dim)
        outer = torch.zeros(agents, self.dim * self.hidden)
        return torch.cat([inner.flatten(1), outer], dim=1).double()

    def at_rest(self, theta: Tensor) -> Tensor:
        """(L, P) policies that stay where they are: the same hidden layer, a zero output layer."""
        inner, outer = theta[:, : self._inner], theta[:, self._inner :]
        return torch.cat([inner, torch.zeros_like(outer)], dim=1)

    def act(self, theta: Tensor, x: Tensor) -> Tensor:
        """Compute the actions of (..., P) policies at (..., d) states.

        Returns:
            (..., d) actions in units of the range.
        """
        shape = theta.shape[:-1]
        inner = theta[..., : self._inner].reshape(*shape, self.hidden, self.dim + 1)
        outer = theta[..., self._inner :].reshape(*shape, self.dim, self.hidden)
        # The appended one carries the hidden biases: one batched product per layer.
        centered = torch.cat([2.0 * x - 1.0, torch.ones_like(x[..., :1])], dim=-1)
        # Divided by sqrt(h), actions do not grow with the number of hidden units.
        hidden = torch.tanh(torch.matmul(inner, centered.unsqueeze(-1))) / math.sqrt(self.hidden)
        return torch.matmul(outer, hidden).squeeze(-1) * self.action_scale

    def rollout(self, theta: Tensor, starts: Tensor, horizon: int) -> Tensor:
        """Follow policies for H steps, x <- clip(x + a(x)) (step 4 of Algorithm 1).

        Args:
            theta: (L, k, P) policies.
            starts: (L, d) starts in [0, 1].
            horizon: H.

        Returns:
            (L, k, H, d) states after each step, in [0, 1].
        """
        # A view, not a copy: all policies of an agent begin at its start.
        x = starts.unsqueeze(1).expand(-1, theta.shape[1], -1)
        states = []
        for _ in range(horizon):
            # A coordinate that reaches the wall stops there; the others walk on.
            x = (x + self.act(theta, x)).clamp(0.0, 1.0)
            states.append(x)
        return torch.stack(states, dim=2)
