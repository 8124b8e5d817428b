import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tinypareto.pareto import hypervolume
from tinypareto.solvers.ehvi import (
    MAX_BOXES,
    ExpectedImprovement,
    draw_reference_shares,
    expected_log_shortfall,
    expected_shortfall,
    hypervolume_reward,
    partition_within_budget,
    stall_inflation,
)
from tinypareto.solvers.posterior_moments import PosteriorMoments

Array = np.ndarray
FRONT = np.array([[0.2, 0.7, 0.5], [0.5, 0.4, 0.3], [0.7, 0.2, 0.6], [1.0, 1.0, 1.0]])


def table(values: Array | list[list[float]]) -> torch.Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def moments(
    mean: Array | list[list[float]],
    std: Array | list[list[float]] | float = 0.0,
    excess: float = -1.0,
    doubt: float = 0.0,
    repeated: bool = False,
    logarithmic: Sequence[int] = (),
) -> PosteriorMoments:
    m = table(mean)
    column = torch.ones(len(m), 1, dtype=torch.float64)
    logs = torch.tensor([j in logarithmic for j in range(m.shape[1])])
    spread = table(np.broadcast_to(std, m.shape))
    kind = torch.tensor([repeated])
    return PosteriorMoments(m, spread, excess * column, doubt * column, kind, logs)


def reward(
    visited: Array,
    limits: Array | None = None,
    share: float = 1.0,
    doubt: bool = False,
    worst: Array | None = None,
) -> ExpectedImprovement:
    m = visited.shape[1]
    unknown = np.full(m, np.inf)
    found = hypervolume_reward(
        visited,
        unknown if limits is None else limits,
        unknown if worst is None else worst,
        np.full(m, share),
        doubt,
    )
    assert found is not None
    return found


def gain(visited: Array, points: Array) -> Array:
    """Exact improvement below the worst visited values, in shares of the visited range."""
    low, span = visited.min(axis=0), np.ptp(visited, axis=0)
    scaled, before = (visited - low) / span, hypervolume((visited - low) / span)
    return np.array([hypervolume(np.vstack([scaled, (p - low) / span])) - before for p in points])


def test_exact_objectives_give_the_exact_improvement() -> None:
    points = np.random.default_rng(0).random((50, 3)) * 1.2
    got = reward(FRONT)(moments(points)).numpy()
    np.testing.assert_allclose(got, gain(FRONT, points), atol=1e-12)


@pytest.mark.parametrize("logarithmic", [[], [1]])
@pytest.mark.parametrize("uncertain", [[0], [1, 2], [0, 1, 2]])
def test_expectation_equals_monte_carlo(uncertain: list[int], logarithmic: list[int]) -> None:
    rng = np.random.default_rng(1)
    mean, std = rng.random((4, 3)), np.zeros((4, 3))
    std[:, uncertain] = rng.uniform(0.05, 0.4, (4, len(uncertain)))
    mean[:, logarithmic] -= 1.0
    got = reward(FRONT)(moments(mean, std, logarithmic=logarithmic)).numpy()
    draws = mean + std * rng.normal(size=(4000, 4, 3))
    draws[..., logarithmic] = np.exp(draws[..., logarithmic])
    wanted = [gain(FRONT, draws[:, i]).mean() for i in range(4)]
    np.testing.assert_allclose(got, wanted, rtol=0.08, atol=2e-3)


def test_one_objective_is_expected_improvement() -> None:
    visited = np.array([[1.0], [3.0]])
    z = (1.0 - 1.5) / 0.8
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    wanted = -0.5 * 0.5 * (1 + math.erf(z / math.sqrt(2))) + 0.8 * density
    assert reward(visited)(moments([[1.5]], 0.8)).item() == pytest.approx(wanted / 2.0)


def test_by_hand_in_two_objectives() -> None:
    """Worst corner (1, 1), best (0.2, 0.4); the third point is bounded by a staircase."""
    visited = np.array([[0.2, 1.0], [0.5, 0.4], [1.0, 0.9]])
    got = reward(visited)(moments([[0.4, 0.6], [0.5, 0.4], [0.3, 0.3]])).numpy()
    areas = [0.1 * 0.4, 0.0, 0.2 * 0.7 + 0.5 * 0.1]
    np.testing.assert_allclose(got, np.array(areas) / (0.8 * 0.6), atol=1e-12)


def test_infeasible_points_lose_the_gain_and_slope_back() -> None:
    f = reward(FRONT)
    inside = f(moments([[0.1, 0.1, 0.1]])).item()
    assert inside > 0.1
    near, far = (f(moments([[0.1, 0.1, 0.1]], excess=e)).item() for e in (0.2, 0.4))
    assert (near, far) == pytest.approx((-0.0002, -0.0004))
    even = f(moments([[0.1, 0.1, 0.1]], excess=0.0, doubt=1.0)).item()
    assert even == pytest.approx(0.5 * inside - 1e-3 * 0.5 / math.sqrt(2 * math.pi))


def test_ties_and_constant_objectives_are_finite_and_ordered() -> None:
    visited = np.array([[0.5, 1.0], [0.5, 1.0], [0.7, 1.0]])
    worse, equal, better = reward(visited)(
        moments([[0.6, 1.0], [0.5, 1.0], [0.4, 0.9]], [[0.1, 0.0]] * 3)
    ).tolist()
    assert 0.0 <= worse <= equal < better < math.inf


def test_limits_of_known_objectives_are_the_reference() -> None:
    visited = np.array([[0.2, 0.5], [1.0, 0.4]])
    got = reward(visited, np.array([np.inf, 2.0]))(
        moments([[0.2, 0.4], [0.6, 1.9], [0.1, 1.9]])
    ).numpy()
    unit = 0.8 * 1.6
    np.testing.assert_allclose(got, np.array([0.8 * 0.1, 0.0, 0.1 * 0.1]) / unit, atol=1e-12)


def test_a_smaller_share_asks_for_more_of_what_has_no_limit() -> None:
    visited = np.array([[0.2, 1.9], [0.4, 1.0], [0.6, 0.7], [1.0, 0.4]])
    points = moments([[0.7, 0.1], [0.5, 0.5], [0.1, 1.9]])
    limits = np.array([np.inf, 2.0])
    gains = [
        [value > 0.0 for value in reward(visited, limits, share)(points).tolist()]
        for share in (1.0, 0.5, 0.0)  # references 1.0, 0.6 and 0.2
    ]
    assert gains == [[True, True, True], [False, True, True], [False, False, True]]


def test_one_objective_without_a_limit_draws_its_share() -> None:
    rng = np.random.default_rng(0)
    drawn = np.stack(
        [draw_reference_shares(np.array([np.inf, 1.0, np.inf]), rng) for _ in range(400)]
    )
    assert (drawn[:, 1] == 1.0).all()
    assert ((drawn < 1.0).sum(axis=1) == 1).all()
    np.testing.assert_allclose(drawn[:, [0, 2]].mean(axis=0), 0.75, atol=0.05)
    assert (draw_reference_shares(np.ones(2), rng) == 1.0).all()


def test_limits_of_learned_objectives_count_once() -> None:
    points = [[0.1, 0.1, 0.1]]
    free = reward(FRONT)(moments(points, excess=0.0, doubt=1.0)).item()
    repeated = reward(FRONT)(moments(points, excess=0.0, doubt=1.0, repeated=True)).item()
    inside = reward(FRONT)(moments(points)).item()
    assert repeated - inside == pytest.approx(free - 0.5 * inside)


def test_a_known_worst_value_takes_the_place_of_the_worst_visited() -> None:
    """All visited are good; one slightly worse in that but far better in the other is of use."""
    visited, limits = np.array([[0.0, 0.5], [0.02, 0.4]]), np.array([np.inf, 1.0])
    point = moments([[0.03, 0.1]])
    assert reward(visited, limits)(point).item() == 0.0
    told = reward(visited, limits, worst=np.array([1.0, np.inf]))(point)
    assert told.item() == pytest.approx(0.97 * 0.3 / 0.6)


def test_a_reference_that_nothing_visited_reaches_still_says_where_to_go() -> None:
    visited, limits = np.array([[0.6, 0.5], [0.7, 0.4]]), np.array([np.inf, 1.0])
    told = reward(visited, limits, worst=np.array([0.5, np.inf]))
    assert told(moments([[0.4, 0.1], [0.4, 0.3], [0.55, 0.1]])).tolist() == pytest.approx(
        [0.1 * 0.9 / 0.6, 0.1 * 0.7 / 0.6, 0.0]
    )


def test_too_many_boxes_are_refused() -> None:
    visited = np.random.default_rng(0).random((80, 10))
    unknown = np.full(10, np.inf)
    assert hypervolume_reward(visited, unknown, unknown, np.ones(10), False) is None


def test_a_large_front_is_cut_coarsely_and_never_loses_what_it_dominates() -> None:
    rng = np.random.default_rng(0)
    front = np.abs(rng.normal(size=(400, 4)))
    front /= np.linalg.norm(front, axis=1, keepdims=True)
    boxes = partition_within_budget(front, np.ones(4))
    assert boxes is not None
    assert len(boxes.lower) <= MAX_BOXES
    worse = (front + rng.random(front.shape) * 0.2)[:, None]
    better = (front * 0.9)[:, None]
    lost, found = (
        np.any(((points > boxes.lower) & (points < boxes.upper)).all(axis=2), axis=1)
        for points in (worse, better)
    )
    assert not lost.any()
    assert found.mean() > 0.9


def test_doubt_grows_with_trials_without_progress() -> None:
    values, corner = np.array([[0.5, 0.5], [0.9, 0.9], [0.8, 0.9]]), np.ones(2)
    assert stall_inflation(values[:1], corner) == 1.0
    assert stall_inflation(values, corner) == pytest.approx(1.15**2)
    assert stall_inflation(np.vstack([values, [[0.1, 0.9]]]), corner) == 1.0
    assert stall_inflation(np.tile(values, (9, 1)), corner) == pytest.approx(3.0)
    wide = reward(FRONT, doubt=True)
    assert wide.std_factor > 1.0


def test_shortfall_of_infinite_thresholds_and_exact_values() -> None:
    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    assert expected_shortfall(-torch.inf * one, zero, one).item() == 0.0
    assert expected_shortfall(one, 0.25 * one, zero).item() == 0.75
    assert expected_log_shortfall(-one, zero, one).item() == 0.0
    assert expected_log_shortfall(one, one.log(), zero).item() == pytest.approx(0.0, abs=1e-9)
    assert expected_log_shortfall(one, (0.25 * one).log(), zero).item() == pytest.approx(0.75)
