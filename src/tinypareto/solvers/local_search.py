"""Local search from the same starts as the policies: what they have to beat."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tinypareto.solvers.ars import ARSSettings, Score, Visited


@dataclass(frozen=True)
class LocalSearch:
    """Each agent tries disturbances of its best state and moves to the best of them.

    Spends as many evaluations of the score as `ARS` with the same settings.

    Attributes:
        score: (p, d) states to (p,) scores, maximised.
        starts: (L, d) in [0, 1].
        settings: Of the policies whose evaluations it matches.
        generator: Source of randomness.
    """

    score: Score
    starts: Tensor
    settings: ARSSettings
    generator: torch.Generator

    def run(self) -> Visited:
        """The best state of each agent first: (L, 1, d)."""
        s = self.settings
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
        """(L, tries, d): some coordinates moved, at scales from 0.003 to 0.5 of the range."""
        agents, d = x.shape
        uniform = torch.rand(2, agents, tries, 1, generator=self.generator).double()
        touched = torch.rand(agents, tries, d, generator=self.generator) < uniform[0].clamp_min(
            1.0 / d
        )
        scale = 10.0 ** (2.2 * uniform[1] - 2.5)
        noise = torch.randn(agents, tries, d, generator=self.generator).double()
        return (x.unsqueeze(1) + touched * scale * noise).clamp(0.0, 1.0)
