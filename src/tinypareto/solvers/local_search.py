"""Local search from the same starts as the policies: the baseline that they have to beat.

Symbols (docs/symbols.md): L agents, s states, d coordinates.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from tinypareto.solvers.ars import ARSSettings, Score, Visited


@dataclass(frozen=True)
class LocalSearch:
    """Agents that try disturbances of their best state and move to the best of them.

    The search spends as many evaluations of the score as `ARS` with the same settings.

    Attributes:
        score: Function from (p, d) states to (p,) scores, maximized.
        starts: (L, d) starts in [0, 1].
        settings: Settings of the policies whose number of evaluations is matched.
        generator: Source of randomness.
    """

    score: Score
    starts: Tensor
    settings: ARSSettings
    generator: torch.Generator

    def run(self) -> Visited:
        """Search, and return the best state of each agent, (L, 1, d)."""
        s = self.settings
        # A policy update scores 2 N rollouts of H states, and those of the line search: step zero,
        # every step size, and the best single direction.
        line_search = len(s.step_sizes) + 2 if s.step_sizes else 0
        tries = s.horizon * (2 * s.directions + line_search)
        best, value = self.starts, self.score(self.starts)
        for _ in range(s.updates):
            near = self._near(best, tries)
            scores = self.score(near.flatten(0, 1)).reshape(len(best), tries)
            top, index = scores.max(dim=1)
            better = top > value
            best = torch.where(better.unsqueeze(1), near[torch.arange(len(best)), index], best)
            value = torch.where(better, top, value)
        return Visited(best.unsqueeze(1), value.unsqueeze(1))

    def _near(self, x: Tensor, tries: int) -> Tensor:
        """(L, tries, d) states with some coordinates moved, by 0.003 to 0.5 of the range."""
        agents, d = x.shape
        uniform = torch.rand(2, agents, tries, 1, generator=self.generator).double()
        # Each try touches its own share of the coordinates, and at least one on average.
        touched = torch.rand(agents, tries, d, generator=self.generator) < uniform[0].clamp_min(
            1.0 / d
        )
        scale = 10.0 ** (2.2 * uniform[1] - 2.5)  # log-uniform
        noise = torch.randn(agents, tries, d, generator=self.generator).double()
        return (x.unsqueeze(1) + touched * scale * noise).clamp(0.0, 1.0)
