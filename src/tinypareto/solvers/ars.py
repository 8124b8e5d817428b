"""Augmented random search (ARS, Mania 2018) over the policies of many agents at once.

| symbol | meaning | in the code | shape | unit |
|---|---|---|---|---|
| L | agents | `ARS.starts` | (L, d) | range |
| N | directions | `ARSSettings.directions` | | |
| K | policies tried per agent, 2 N | | | |
| P | parameters of a policy | `Policy.size` | | |
| H | horizon | `ARSSettings.horizon` | | steps |
| theta | policies | `ARS.theta` | (L, P) | 1 |
| phi | directions | `ARS._directions` | (N, P) | 1 |
| nu | standard deviation of the directions | `ARSSettings.noise` | | 1 |
| alpha | step size | `ARSSettings.rate` | | 1 |
| r+, r- | rewards of theta + nu phi, theta - nu phi | `plus`, `minus` | (L, N) | as the score |
| b | directions kept, ceil(top N) | | | |
| sigma_R | standard deviation of the rewards kept | `sigma` | (L,) | as the score |
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from tinypareto.solvers.policy import Policy

Score = Callable[[Tensor], Tensor]
"""Function from (p, d) states to (p,) scores, maximized."""
_PARAMETERS_AT_ONCE = 40_000_000


@dataclass(frozen=True)
class ARSSettings:
    """How agents learn; docs/solver.md says what is the paper's and what is ours.

    Attributes:
        directions: N, directions per update.
        top: Share of the directions kept, in (0, 1]; b = ceil(top N).
        noise: nu, standard deviation of the directions.
        rate: alpha, step size of the update.
        horizon: H, steps of a rollout.
        updates: Number of updates before the policies are read off.
        hidden: Number of hidden units of a policy.
        action_scale: Step length of a policy in units of the range.
        step_sizes: Multiples of `rate` tried along the update, of which the best is taken; empty
            for the plain update.
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
    """States worth evaluating.

    Attributes:
        states: (L, s, d) states of each agent.
        scores: (L, s) scores of the states.
    """

    states: Tensor
    scores: Tensor


def search_direction(plus: Tensor, minus: Tensor, phi: Tensor, top: float) -> Tensor:
    """Estimate the gradient from finite differences along the best directions.

    1 / (b sigma_R) sum_k (r_k+ - r_k-) phi_k over the b directions of greatest max(r+, r-)
    (Mania 2018, ARS V1-t). Dividing by sigma_R makes the step independent of the score's scale.

    Args:
        plus: (L, N) rewards of theta + nu phi_k.
        minus: (L, N) rewards of theta - nu phi_k.
        phi: (N, P) directions.
        top: Share of the directions kept.

    Returns:
        (L, P) steps; zero for an agent whose kept rewards are all equal.
    """
    # Ranked by the better of both signs: a direction counts if either way is good.
    kept = torch.maximum(plus, minus).topk(math.ceil(top * len(phi)), dim=1).indices
    up, down = plus.gather(1, kept), minus.gather(1, kept)
    sigma = torch.cat([up, down], dim=1).std(dim=1, correction=0)
    step = ((up - down).unsqueeze(-1) * phi[kept]).sum(dim=1)
    # Equal rewards have no spread; the division must not make a NaN of their zero step.
    scaled = step / (kept.shape[1] * sigma.clamp_min(1e-300)).unsqueeze(-1)
    return torch.where((sigma > 0.0).unsqueeze(-1), scaled, 0.0)


class ARS:
    """L agents that learn to walk from their starts to states of high score.

    Args:
        score: Function from (p, d) states to (p,) scores, maximized; needs no gradient.
        starts: (L, d) starts in [0, 1].
        settings: How to learn.
        generator: Source of randomness.

    Attributes:
        starts: (L, d) current starts.
        policy: Form of the policies.
        theta: (L, P) current policies.
        best: Best state that each agent has seen, (L, 1, d).
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
        """Learn, then roll every policy out once.

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
        """Make one ARS step of every agent."""
        s = self._settings
        phi = self._directions()
        # Pairs of opposite signs give a finite difference along each direction.
        signed = s.noise * torch.cat([phi, -phi])
        # The (L, K, P) parameters of the preset `paper` may take gigabytes: some agents at a time.
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
            # Both or neither: a policy that walks on from the new start would try the next
            # directions around a state next to the best one.
            self.starts = self.best.states.squeeze(1)
            self.theta = self.policy.at_rest(self.theta)

    def _line_search(self, step: Tensor, signed: Tensor, returns: Tensor) -> None:
        """Take the best of: staying, steps of several sizes, the best single direction.

        Args:
            step: (L, P) update of rate alpha.
            signed: (2 N, P) directions tried, with both signs.
            returns: (L, 2 N) their rewards.
        """
        # Step zero: with scores that are deterministic, a policy never gets worse.
        sizes = torch.tensor((0.0, *self._settings.step_sizes), dtype=step.dtype)
        tried = self.theta.unsqueeze(1) + sizes[:, None] * step.unsqueeze(1)
        # The average of several directions may be worse than the best one of them.
        single = self.theta + signed[returns.argmax(dim=1)]
        tried = torch.cat([tried, single.unsqueeze(1)], dim=1)
        best = self._returns(tried, slice(None)).argmax(dim=1)
        self.theta = tried[torch.arange(len(tried)), best]

    def _directions(self) -> Tensor:
        """Draw (N, P) Gaussian directions, shared by all agents."""
        s, policy = self._settings, self.policy
        phi = torch.randn(s.directions, policy.size, generator=self._generator).double()
        if s.multiscale:
            uniform = torch.rand(2, s.directions, 1, generator=self._generator).double()
            # Output weights of a coordinate are all touched or none, so that a direction moves
            # the state in a subspace: good steps in many coordinates change few of them.
            share = uniform[0].clamp_min(1.0 / policy.dim)
            touched = torch.rand(s.directions, policy.dim, generator=self._generator) < share
            outer = policy.dim * policy.hidden
            phi[:, -outer:] *= touched.repeat_interleave(policy.hidden, dim=1)
            phi *= 10.0 ** (2.0 * uniform[1] - 1.5)  # log-uniform lengths, 0.03 to 3
        return phi

    def _returns(self, theta: Tensor, agents: slice) -> Tensor:
        """Sum the scores along the rollouts, and remember the best states.

        Args:
            theta: (L', k, P) policies of L' agents.
            agents: Slice that begins with the first of these agents.

        Returns:
            (L', k) returns.
        """
        starts = self.starts[agents][: len(theta)]
        states, scores = self._try(theta, starts)
        self._remember(states, scores, agents)
        return scores.sum(dim=2)

    def _try(self, theta: Tensor, starts: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(L', k, H, d) states of (L', k, P) policies and their (L', k, H) scores."""
        starts = self.starts if starts is None else starts
        states = self.policy.rollout(theta, starts, self._settings.horizon)
        return states, self._score(states.flatten(0, 2)).reshape(states.shape[:3])

    def _remember(self, states: Tensor, scores: Tensor, agents: slice) -> None:
        """Update the best state of each agent from (L', k, H, d) states."""
        states, scores = states.flatten(1, 2), scores.flatten(1)
        top, index = scores.max(dim=1)
        rows = torch.arange(len(top)) + (agents.start or 0)
        # Ties keep the state that was found first.
        better = top > self.best.scores[rows, 0]
        self.best.states[rows[better], 0] = states[torch.arange(len(top)), index][better]
        self.best.scores[rows[better], 0] = top[better]
