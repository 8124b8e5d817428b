import dataclasses
import sys

import numpy as np
import pytest

from tinypareto.solvers import BLACK_BOX, DEFAULT, PRESETS, History, Known, Settings, Space, ask
from tinypareto.solvers.posterior import SurrogateError

Array = np.ndarray


def history(n: int = 12, dim: int = 3, m: int = 2, constraints: int = 0) -> History:
    x = np.random.default_rng(0).random((n, dim))
    y = np.stack([((x - j / m) ** 2).sum(axis=1) for j in range(m)], axis=1)
    c = (
        np.stack([x[:, 0] - 0.2 * (k + 1) for k in range(constraints)], axis=1)
        if constraints
        else None
    )
    return History(x, y, np.empty((n, 0)) if c is None else c, np.empty((0, dim)))


def propose(h: History, space: Space | None = None, q: int = 1, seed: int = 0) -> Array:
    dim = h.x.shape[1]
    return ask(h, space or Space(dim), np.random.default_rng(seed), q)


def test_proposals_are_points_of_the_cube_and_reproducible() -> None:
    first, second = propose(history()), propose(history())
    assert first.shape == (1, 3)
    assert first.min() >= 0.0
    assert first.max() <= 1.0
    np.testing.assert_array_equal(first, second)
    assert (propose(history(), seed=1) != first).any()


def test_batch_is_the_best_of_each_policy_without_repeats() -> None:
    batch = propose(history(), q=4)
    assert len(np.unique(batch, axis=0)) == 4
    np.testing.assert_array_equal(batch[0], propose(history())[0])


@pytest.mark.parametrize("m", [1, 4, 10])
@pytest.mark.parametrize("dim", [1, 200])
def test_any_number_of_objectives_and_coordinates(m: int, dim: int) -> None:
    assert np.isfinite(propose(history(dim=dim, m=m))).all()


@pytest.mark.parametrize("m", [1, 4, 10])
def test_hypervolume_of_any_number_of_learned_objectives(m: int) -> None:
    """Ten need more boxes than allowed: Chebyshev takes over."""
    h = history(n=30, dim=3, m=m, constraints=1)
    points = ask(h, Space(3), np.random.default_rng(0), settings=DEFAULT)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("preset", PRESETS.values())
def test_presets_stand_ties_and_constant_objectives(preset: Settings) -> None:
    small = dataclasses.replace(preset, ars=dataclasses.replace(preset.ars, directions=8))
    h = history()
    for y in (np.ones_like(h.y), h.y.round(0)):
        points = ask(dataclasses.replace(h, y=y), Space(3), np.random.default_rng(0), 1, small)
        assert np.isfinite(points).all()


def test_one_point_or_constant_objectives() -> None:
    assert np.isfinite(propose(history(n=1))).all()
    h = history()
    assert np.isfinite(propose(dataclasses.replace(h, y=np.ones_like(h.y)))).all()


def test_duplicated_points() -> None:
    h = history(4)
    doubled = History(np.tile(h.x, (3, 1)), np.tile(h.y, (3, 1)), np.empty((12, 0)), h.pending)
    assert np.isfinite(propose(doubled)).all()


def test_all_infeasible_searches_towards_the_feasible() -> None:
    h = history(20, constraints=1)
    h = dataclasses.replace(h, c=h.x[:, [0]] + 0.3)  # 0.3 to 1.3: least at x_0 = 0
    assert propose(h)[0, 0] < 0.15


def test_one_feasible_point() -> None:
    h = history(12)
    c = np.ones((12, 1))
    c[3] = -1.0
    assert np.isfinite(propose(dataclasses.replace(h, c=c))).all()


def test_rows_without_objectives_teach_the_constraints() -> None:
    """All that is known of x_0 > 0.5 is that it is infeasible; the objective wants to go there."""
    x = np.random.default_rng(0).random((40, 2))
    y = np.where(x[:, [0]] <= 0.5, -x[:, [0]], np.nan)
    h = History(x, y, x[:, [0]] - 0.5, np.empty((0, 2)))
    assert propose(h)[0, 0] < 0.6
    assert propose(dataclasses.replace(h, c=np.empty((40, 0))))[0, 0] > 0.6


def test_no_objectives_at_all_but_constraints() -> None:
    h = history(12, constraints=2)
    assert np.isfinite(propose(dataclasses.replace(h, y=np.full_like(h.y, np.nan)))).all()


def test_nothing_recorded_is_an_error() -> None:
    h = history(3)
    with pytest.raises(SurrogateError, match="nothing with a value"):
        propose(dataclasses.replace(h, y=np.full_like(h.y, np.nan)))


def test_never_repeats_an_evaluated_or_pending_point() -> None:
    """On a grid of 25 points, 20 evaluated and 4 pending, one is left."""
    grid = np.stack(np.meshgrid(*[np.arange(5) / 4] * 2), axis=-1).reshape(-1, 2)
    h = History(grid[:20], grid[:20] ** 2, np.empty((20, 0)), grid[20:24])
    point = propose(h, Space(2, snap=lambda x: np.round(x * 4) / 4))
    np.testing.assert_array_equal(point[0], grid[24])


def test_pending_points_push_the_next_one_away() -> None:
    h = history(8)
    first = propose(h)
    second = propose(dataclasses.replace(h, pending=first))
    assert np.abs(first - second).max() > 0.01


def steps(x: Array) -> Array:
    return np.asarray(np.floor(10 * x[:, [0]]))


def test_known_objectives_keep_their_limits_exactly() -> None:
    """A step function, not differentiable: at most 3 of 10, which 40 % of the space keeps."""
    h = history(12)
    h = dataclasses.replace(h, y=np.column_stack([-h.x.sum(axis=1), steps(h.x)]))
    known = Known((1,), steps, (3.0,))
    for seed in range(5):
        assert steps(propose(h, Space(3, known=known), seed=seed))[0, 0] <= 3.0


@pytest.mark.parametrize("m", [2, 4, 10])
def test_many_rows_are_thinned_and_the_ask_still_stays_off_them(m: int) -> None:
    grid = np.stack(np.meshgrid(*[np.arange(25) / 24] * 2), axis=-1).reshape(-1, 2)
    y = np.stack([((grid - j / m) ** 2).sum(axis=1) for j in range(m)], axis=1)
    h = History(grid[:500], y[:500], np.empty((500, 0)), np.empty((0, 2)))
    point = propose(h, Space(2, snap=lambda x: np.round(x * 24) / 24))
    assert (grid[500:] == point[0]).all(axis=1).any()


def test_features_reach_the_surrogate() -> None:
    """The objective is a hash of x, but linear in the feature."""

    def feature(x: Array) -> Array:
        return np.asarray(np.mod(1e4 * x.sum(axis=1, keepdims=True), 1.0))

    x = np.random.default_rng(0).random((30, 2))
    h = History(x, feature(x), np.empty((30, 0)), np.empty((0, 2)))
    with_feature = [feature(propose(h, Space(2, features=feature), seed=s))[0, 0] for s in range(3)]
    assert max(with_feature) < 0.1


@pytest.mark.parametrize(("worst", "least", "most"), [((), 4, 16), ((1.0, 1.0), 20, 20)])
def test_either_reward_is_drawn_where_no_reference_is_told(
    worst: tuple[float, ...], least: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, made = sys.modules[ask.__module__], []
    monkeypatch.setattr(module, "hypervolume_reward", lambda *_: made.append(1))
    settings = dataclasses.replace(
        BLACK_BOX, ars=dataclasses.replace(BLACK_BOX.ars, directions=4, updates=1)
    )
    for seed in range(20):
        rng = np.random.default_rng(seed)
        ask(history(), Space(3, worst=worst), rng, settings=settings)
    assert least <= len(made) <= most
