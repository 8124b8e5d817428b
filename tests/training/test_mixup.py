import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tinypareto.training.mixup import blended

SHAPES = [(6, 3, 40), (5, 3, 12, 9), (2, 1, 1)]


def drawn(x: Tensor, largest: float, seed: int) -> tuple[Tensor, Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return blended(x, largest)


@given(st.sampled_from(SHAPES), st.floats(0, 0.5), st.integers(0, 99))
def test_blends_lie_between_two_cases(shape: tuple[int, ...], largest: float, seed: int) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    made, shares = drawn(x, largest, seed)
    assert made.shape == x.shape
    assert shares.shape == (len(x), 1)
    assert ((shares >= 0) & (shares <= largest)).all()
    share = shares.view(-1, *[1] * (x.ndim - 1))
    torch.testing.assert_close(made, (1 - share) * x + share * x.roll(1, 0))
    again, _ = drawn(x, largest, seed)
    assert torch.equal(made, again)


def test_a_bound_of_zero_changes_nothing() -> None:
    x = torch.randn(4, 2, 5)
    assert torch.equal(drawn(x, 0.0, 0)[0], x)


@pytest.mark.parametrize("largest", [0.3])
def test_shares_are_spread_evenly(largest: float) -> None:
    _, shares = drawn(torch.zeros(2000, 1, 1), largest, 0)
    assert shares.mean().item() == pytest.approx(largest / 2, abs=0.01)
