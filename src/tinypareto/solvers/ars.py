"""Augmented random search (Mania 2018) over the policies of many agents at once.

Symbols: L agents, N directions, K = 2 N policies tried per agent, P parameters, H horizon.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from tinypareto.solvers.policy import Policy

Score = Callable[[Tensor], Tensor]
_PARAMETERS_AT_ONCE = 40_000_000


@dataclass(frozen=True)
class ARSSettings:
    """How agents learn; see docs/solver.md for what is the paper's and what is ours.

    Attributes:
        directions: N, directions per update.
        top: Share of the directions kept, in (0, 1]; b = ceil(top N).
        noise: nu, standard deviation of the directions.
        rate: alpha, step size of the update.
        horizon: H, steps of a rollout.
        updates: Updates before the policies are read off.
        hidden: Hidden units of a policy.
        action_scale: Step length of a policy in units of the range.
        step_sizes: Multiples of `rate` tried along the update; the best is taken. Empty: the
            plain update.
        multiscale: Whether directions differ in length (factors from 0.03 to 3) and touch
            only some coordinates, instead of being isotropic.
        moving: Whether an agent's start moves to the best state it has seen, and its policy
            forgets the way there; the next directions are then tried around that state.
    """

    directions: int
    top: float
    noise: float
    rate: float
    horizon: int
    updates: int
    hidden: int
    action_scale: float
    step_sizes: tuple[float, ...] = ()
    multiscale: bool = False
    moving: bool = False


@dataclass(frozen=True)
class Visited:
    """States worth evaluating, (L, s, d), and their scores, (L, s)."""

    states: Tensor
    scores: Tensor


def search_direction(plus: Tensor, minus: Tensor, phi: Tensor, top: float) -> Tensor:
    """1 / (b sigma_R) sum_k (r_k+ - r_k-) phi_k over the b best directions (Mania 2018, V1-t).

    Args:
        plus: (L, N) rewards of theta + nu phi_k.
        minus: (L, N) rewards of theta - nu phi_k.
        phi: (N, P) directions.
        top: Share kept, ranked by max(r+, r-).

    Returns:
        (L, P); zero where all rewards kept are equal.
    """
    kept = torch.maximum(plus, minus).topk(math.ceil(top * len(phi)), dim=1).indices
    up, down = plus.gather(1, kept), minus.gather(1, kept)
    sigma = torch.cat([up, down], dim=1).std(dim=1, correction=0)
    step = ((up - down).unsqueeze(-1) * phi[kept]).sum(dim=1)
    scaled = step / (kept.shape[1] * sigma.clamp_min(1e-300)).unsqueeze(-1)
    return torch.where((sigma > 0.0).unsqueeze(-1), scaled, 0.0)


class ARS:
    """L agents that learn, from their starts, to walk to states of high score.

    Args:
        score: (p, d) states to (p,) scores, maximised; needs no gradient.
        starts: (L, d) in [0, 1].
        settings: How to learn.
        generator: Source of randomness.
    """

    def __init__(
        self, score: Score, starts: Tensor, settings: ARSSettings, generator: torch.Generator
    ) -> None:
        self._score, self._settings, self._generator = score, settings, generator
        self.starts = starts
        self.policy = Policy(starts.shape[1], settings.hidden, settings.action_scale)
        self.theta = self.policy.initial(len(starts), generator)
        self.best = Visited(starts.unsqueeze(1).clone(), score(starts).unsqueeze(1))

    def run(self) -> Visited:
        """Learns, then rolls every policy out once.

        Returns:
            (L, H + 1, d) states: those of the last rollouts, and the best seen while learning
            (the start itself if nothing was better).
        """
        for _ in range(self._settings.updates):
            self.update()
        states, scores = self._try(self.theta.unsqueeze(1))
        return Visited(
            torch.cat([states.squeeze(1), self.best.states], dim=1),
            torch.cat([scores.squeeze(1), self.best.scores], dim=1),
        )

    def update(self) -> None:
        """One ARS step of every agent."""
        s = self._settings
        phi = self._directions()
        signed = s.noise * torch.cat([phi, -phi])
        per_agent = max(1, _PARAMETERS_AT_ONCE // signed.numel())
        returns = torch.cat(
            [
                self._returns(theta.unsqueeze(1) + signed, slice(i * per_agent, None))
                for i, theta in enumerate(torch.split(self.theta, per_agent))
            ]
        )
        plus, minus = torch.chunk(returns, 2, dim=1)
        step = search_direction(plus, minus, phi, s.top)
        if s.step_sizes:
            self._line_search(s.rate * step, signed, returns)
        else:
            self.theta = self.theta + s.rate * step
        if s.moving:
            self.starts = self.best.states.squeeze(1)
            self.theta = self.policy.at_rest(self.theta)

    def _line_search(self, step: Tensor, signed: Tensor, returns: Tensor) -> None:
        """Takes the best of: staying, steps of several sizes, the best single direction."""
        sizes = torch.tensor((0.0, *self._settings.step_sizes), dtype=step.dtype)
        tried = self.theta.unsqueeze(1) + sizes[:, None] * step.unsqueeze(1)
        single = self.theta + signed[returns.argmax(dim=1)]
        tried = torch.cat([tried, single.unsqueeze(1)], dim=1)
        best = self._returns(tried, slice(None)).argmax(dim=1)
        self.theta = tried[torch.arange(len(tried)), best]

    def _directions(self) -> Tensor:
        """(N, P) Gaussian directions, shared by all agents."""
        s, policy = self._settings, self.policy
        phi = torch.randn(s.directions, policy.size, generator=self._generator).double()
        if s.multiscale:
            uniform = torch.rand(2, s.directions, 1, generator=self._generator).double()
            share = uniform[0].clamp_min(1.0 / policy.dim)
            touched = torch.rand(s.directions, policy.dim, generator=self._generator) < share
            outer = policy.dim * policy.hidden
            phi[:, -outer:] *= touched.repeat_interleave(policy.hidden, dim=1)
            phi *= 10.0 ** (2.0 * uniform[1] - 1.5)
        return phi

    def _returns(self, theta: Tensor, agents: slice) -> Tensor:
        """(L', k) sums of the scores met by (L', k, P) policies of the agents from `agents` on."""
        starts = self.starts[agents][: len(theta)]
        states, scores = self._try(theta, starts)
        self._remember(states, scores, agents)
        return scores.sum(dim=2)

    def _try(self, theta: Tensor, starts: Tensor | None = None) -> tuple[Tensor, Tensor]:
        starts = self.starts if starts is None else starts
        states = self.policy.rollout(theta, starts, self._settings.horizon)
        return states, self._score(states.flatten(0, 2)).reshape(states.shape[:3])

    def _remember(self, states: Tensor, scores: Tensor, agents: slice) -> None:
        states, scores = states.flatten(1, 2), scores.flatten(1)
        top, index = scores.max(dim=1)
        rows = torch.arange(len(top)) + (agents.start or 0)
        better = top > self.best.scores[rows, 0]
        self.best.states[rows[better], 0] = states[torch.arange(len(top)), index][better]
        self.best.scores[rows[better], 0] = top[better]
