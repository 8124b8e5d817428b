import dataclasses
import math

import numpy as np
import pytest
import torch

from tinypareto.solvers.chebyshev import (
    Chebyshev,
    base_samples,
    chebyshev_reward,
    draw_weights,
    scalarize,
    slope_improvement,
)
from tinypareto.solvers.posterior_moments import PosteriorMoments


def table(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def moments(
    mean: torch.Tensor, std: float = 0.0, excess: float = -1.0, doubt: float = 0.0
) -> PosteriorMoments:
    column = torch.ones(len(mean), 1, dtype=torch.float64)
    plain, free = torch.zeros(mean.shape[1], dtype=torch.bool), torch.zeros(1, dtype=torch.bool)
    spread = torch.full_like(mean, std)
    return PosteriorMoments(mean, spread, excess * column, doubt * column, free, plain)


def reward(best: float, weights: list[float], samples: int = 4096) -> Chebyshev:
    rng, m = np.random.default_rng(0), len(weights)
    w = torch.tensor(weights, dtype=torch.float64)
    zeros, ones = torch.zeros(m, dtype=torch.float64), torch.ones(m, dtype=torch.float64)
    return Chebyshev(w, best, 0.7, base_samples(samples, m, rng), zeros, ones)


def test_eq_7_by_hand() -> None:
    value = scalarize(table([0.4, 0.1]), torch.tensor([0.25, 0.75], dtype=torch.float64))
    assert value.item() == pytest.approx(0.1 + 0.005 * (0.1 + 0.075))


def test_eq_8_keeps_a_thousandth_of_a_negative_improvement() -> None:
    assert slope_improvement(torch.tensor([0.5, -0.5])).tolist() == pytest.approx([0.5, -0.0005])


def test_exact_objectives_give_exact_rewards() -> None:
    r = reward(best=1.005 * 0.5, weights=[1.0])(moments(table([0.2], [0.9])))
    assert r.tolist() == pytest.approx([1.005 * 0.3, -1e-3 * 1.005 * 0.4])


def test_expectation_equals_expected_improvement_in_closed_form() -> None:
    mean, std, best = 0.3, 0.2, 0.25
    f = reward(best=1.005 * best, weights=[1.0])
    z = (best - mean) / std
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    gain = (best - mean) * below + std * density
    wanted = 1.005 * (gain + 1e-3 * ((best - mean) - gain))
    assert f(moments(table([mean]), std)).item() == pytest.approx(wanted, rel=1e-3)


def test_a_logarithmic_objective_is_the_exponential_of_its_sample() -> None:
    f = reward(best=1.005 * 2.0, weights=[1.0])
    plain = moments(table([math.log(0.2)]))
    logarithmic = dataclasses.replace(plain, logarithmic=torch.ones(1, dtype=torch.bool))
    assert f(logarithmic).item() == pytest.approx(1.005 * 1.8)


def test_infeasibility_weighs_the_gain_and_adds_a_slope() -> None:
    f = reward(best=1.005, weights=[1.0])
    inside = f(moments(table([0.5]), excess=0.0)).item()
    certain = f(moments(table([0.5]), excess=0.2)).item()
    even = f(moments(table([0.5]), excess=0.0, doubt=1.0)).item()
    assert inside == pytest.approx(1.005 * 0.5)
    assert certain == pytest.approx(-1e-3 * (0.7 + 0.2))
    assert even == pytest.approx(0.5 * inside - 1e-3 * (0.35 + 1 / math.sqrt(2 * math.pi)))


def test_weights_are_uniform_on_the_simplex() -> None:
    rng = np.random.default_rng(0)
    drawn = np.stack([draw_weights(3, rng) for _ in range(4000)])
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)
    np.testing.assert_allclose(drawn.mean(axis=0), 1 / 3, atol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), 1 / 18, atol=0.005)


def test_the_incumbent_is_the_best_visited_scalarized_value() -> None:
    visited = np.array([[1.0, 30.0], [2.0, 10.0]])
    f = chebyshev_reward(visited, np.random.default_rng(0), 8, normalize=True)
    values = scalarize(table([0.5, 1.0], [1.0, 1 / 3]), f.weights)
    assert f.best == pytest.approx(values.min().item())
    assert (f(moments(torch.from_numpy(visited))) <= 1e-12).all()


def test_the_ideal_is_zero_only_where_the_objective_comes_near() -> None:
    visited = np.array([[0.2, 1001.0, -3.0, 5.0], [0.8, 1002.0, -1.0, 5.0]])
    f = chebyshev_reward(visited, np.random.default_rng(0), 8, normalize=True)
    assert f.offset.tolist() == [0.0, 1001.0, -3.0, 5.0]
    assert f.span.tolist() == [0.8, 1.0, 2.0, 1.0]
