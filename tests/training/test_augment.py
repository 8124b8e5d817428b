import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.training.augment import LEVEL, SHIFT, STRETCH, augmented

SHAPES = [(6, 3, 40), (6, 3, 12, 9), (1, 1, 1), (2, 4, 1, 1)]


def drawn(x: torch.Tensor, strength: float, seed: int = 0) -> torch.Tensor:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return augmented(x, strength)


@pytest.mark.parametrize("shape", SHAPES)
def test_strength_zero_changes_nothing_but_rounding(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn(x, 0.0), x)


@given(st.sampled_from(SHAPES), st.floats(0, 1), st.integers(0, 99))
def test_shape_stays_and_the_seed_decides(
    shape: tuple[int, ...], strength: float, seed: int
) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    before = x.clone()
    made = drawn(x, strength, seed)
    assert made.shape == x.shape
    assert made.isfinite().all()
    assert torch.equal(made, drawn(x, strength, seed))
    assert torch.equal(x, before)


def test_a_channel_without_change_in_time_gets_one_gain_a_case() -> None:
    made = drawn(torch.ones(500, 2, 20), 0.5)
    gains = made[:, :, 0]
    torch.testing.assert_close(made, gains[:, :, None].expand_as(made))
    assert gains.mean().item() == pytest.approx(1.0, abs=0.05)
    assert gains.std().item() == pytest.approx(0.5, abs=0.05)


def test_a_silent_channel_gets_a_level_of_its_own() -> None:
    levels = drawn(torch.zeros(500, 2, 20), 0.5)
    torch.testing.assert_close(levels, levels[:, :, :1].expand_as(levels))
    assert levels[:, :, 0].std().item() == pytest.approx(LEVEL * 0.5, rel=0.1)


@pytest.mark.parametrize("axis", [2, 3])
def test_places_keep_their_order_and_the_middle_moves_little(axis: int) -> None:
    size, strength, middle = 65, 0.8, 32
    ramp = torch.linspace(-1, 1, size).expand(60, 2, size, size).movedim(3, axis)
    spike = torch.where(ramp == 0, 1.0, 0.0)
    made = drawn(ramp, strength).movedim(axis, 3)
    steps = made.diff(dim=3) * (made[..., -1:] - made[..., :1]).sign()
    assert (steps >= -1e-4).all()
    spikes = drawn(spike, strength).movedim(axis, 3)
    moved = (spikes - spikes[..., :1]).abs().argmax(3) - middle
    # The farthest stretch leaves 0.8 of the way from the middle.
    assert 2 < moved.abs().max() <= SHIFT * strength * (size - 1) / (1 - STRETCH * strength) + 1
