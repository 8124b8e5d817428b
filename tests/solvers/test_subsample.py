import numpy as np

from tinypareto.pareto import nondominated
from tinypareto.solvers import History, Known
from tinypareto.solvers.subsample import subsample

Array = np.ndarray


def history(n: int, constraint: float = 0.0) -> History:
    """Feasible where the first coordinate is below `constraint` away from one."""
    x = np.random.default_rng(0).random((n, 3))
    c = x[:, :1] - 1.0 + constraint
    return History(x, x[:, :2] ** 2, c, np.empty((0, 3)))


def rows(part: History, whole: History) -> Array:
    return np.array([np.flatnonzero((whole.x == x).all(axis=1))[0] for x in part.x])


def test_a_short_history_stays() -> None:
    h = history(20)
    assert subsample(h, None, 20) is h


def test_front_latest_and_order_are_kept() -> None:
    h = history(500)
    kept = rows(subsample(h, None, 100), h)
    assert len(kept) == 100
    assert (np.diff(kept) > 0).all()
    assert set(np.flatnonzero(nondominated(h.y))) <= set(kept)
    assert set(range(490, 500)) <= set(kept)
    assert (kept < 250).sum() > 20


def test_where_nothing_is_feasible_the_least_infeasible_stay() -> None:
    h = history(300, constraint=1.5)
    part = subsample(h, None, 50)
    assert len(part.x) == 50
    least = np.argsort(h.c[:, 0])[:30]
    assert set(least) <= set(rows(part, h))


def test_known_limits_and_rows_without_objectives() -> None:
    h = history(300)
    h.y[::2] = np.nan
    part = subsample(h, Known((0,), lambda x: x[:, :1] ** 2, (0.01,)), 40)
    assert len(part.x) == 40
    feasible = np.flatnonzero(h.y[:, 0] <= 0.01)
    assert len(feasible) <= 24
    assert set(feasible) <= set(rows(part, h))
