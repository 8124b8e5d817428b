import dataclasses

import torch

from tinypareto.solvers.ars import ARS
from tinypareto.solvers.local_search import LocalSearch
from tinypareto.solvers.presets import DEFAULT, PAPER


class Counted:
    """Minus the squared distance from 0.3, counting how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.asked += len(x)
        return -(x - 0.3).square().sum(dim=1)


def starts() -> torch.Tensor:
    return torch.full((3, 4), 0.9, dtype=torch.float64)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_finds_the_top_and_is_reproducible() -> None:
    first = LocalSearch(Counted(), starts(), DEFAULT.ars, generator()).run()
    second = LocalSearch(Counted(), starts(), DEFAULT.ars, generator()).run()
    assert torch.equal(first.states, second.states)
    assert first.states.shape == (3, 1, 4)
    assert (first.states - 0.3).abs().max() < 0.2
    torch.testing.assert_close(Counted()(first.states[:, 0]), first.scores[:, 0])


def test_spends_as_much_as_the_policies() -> None:
    """But for the policies' last rollout, which reads the trained ones off."""
    paper = dataclasses.replace(PAPER.ars, directions=10)
    for settings in (DEFAULT.ars, paper):
        ours, theirs = Counted(), Counted()
        LocalSearch(ours, starts(), settings, generator()).run()
        ARS(theirs, starts(), settings, generator()).run()
        assert ours.asked == theirs.asked - 3 * settings.horizon


def test_never_leaves_a_start_for_worse() -> None:
    best = torch.full((2, 4), 0.3, dtype=torch.float64)
    visited = LocalSearch(Counted(), best, DEFAULT.ars, generator()).run()
    assert torch.equal(visited.states[:, 0], best)
