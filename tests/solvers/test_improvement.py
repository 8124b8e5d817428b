import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tinypareto.solvers import DEFAULT, History, Known, Space, ask
from tinypareto.solvers.history import Array
from tinypareto.solvers.improvement import improvement_reward
from tinypareto.solvers.posterior_moments import PosteriorMoments


def moments(mean: Array, std: Array, excess: Array, logarithmic: bool = False) -> PosteriorMoments:
    """Two objectives, the first learned, and one known limit of the second."""
    return PosteriorMoments(
        torch.tensor(mean),
        torch.tensor(std),
        torch.tensor(excess),
        torch.zeros(len(mean), 1, dtype=torch.float64),
        torch.tensor([False]),
        torch.tensor([logarithmic, False]),
    )


@pytest.mark.parametrize("logarithmic", [False, True])
@examples(max_examples=20, deadline=None)
@given(st.floats(-1.0, 1.0), st.floats(0.1, 1.0))
def test_the_gain_is_the_mean_improvement_of_samples(
    logarithmic: bool, mean: float, std: float
) -> None:
    reward = improvement_reward(np.array([[1.5, 0.0], [0.5, 3.0]]), 0)
    sampled = mean + std * np.random.default_rng(0).normal(size=200_000)
    improvement = np.maximum(0.5 - (np.exp(sampled) if logarithmic else sampled), 0.0).mean()
    point = moments(np.array([[mean, 9.0]]), np.array([[std, 0.0]]), np.zeros((1, 1)), logarithmic)
    assert reward(point).item() == pytest.approx(improvement, abs=0.01)


def test_what_breaks_a_limit_gains_nothing_and_the_slope_leads_back() -> None:
    reward = improvement_reward(np.array([[0.5, 0.5]]), 0)
    excess = np.array([[-0.1], [0.1], [0.9]])
    within, near, far = reward(moments(np.zeros((3, 2)), np.full((3, 2), 0.1), excess)).tolist()
    assert within > 0.0 > near > far


def step(x: Array) -> Array:
    return np.asarray(np.floor(4 * x[:, [0]]).clip(max=3) / 4 + 0.25)


def proposals(share: float, seeds: int, limit: float = 0.75) -> Array:
    """Error falls with the resource, whose limit three quarters of the space keep."""
    x = np.random.default_rng(0).random((25, 2))
    y = np.column_stack([1.0 - 0.1 * x[:, 0] - 0.1 * x[:, 1], step(x)[:, 0]])
    history = History(x, y, np.empty((25, 0)), np.empty((0, 2)))
    space = Space(2, known=Known((1,), step, (limit,)), worst=(1.0, np.inf))
    settings = dataclasses.replace(DEFAULT, improvement_share=share)
    rngs = [np.random.default_rng(seed) for seed in range(seeds)]
    return np.concatenate([ask(history, space, rng, settings=settings) for rng in rngs])


def test_asks_with_the_reward_go_to_the_limit_and_the_others_to_small_resources() -> None:
    np.testing.assert_array_equal(step(proposals(1.0, 4)), 0.75)
    assert step(proposals(0.0, 4)).max() < 0.75


def test_the_share_is_drawn_from_the_seed() -> None:
    mixed = proposals(0.5, 8)
    np.testing.assert_array_equal(mixed, proposals(0.5, 8))
    assert set(step(mixed).ravel().tolist()) == {0.25, 0.75}


def test_without_known_limits_there_is_no_share() -> None:
    unlimited = proposals(1.0, 2, np.inf)
    np.testing.assert_array_equal(unlimited, proposals(0.0, 2, np.inf))
