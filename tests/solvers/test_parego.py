import numpy as np
import pytest

pytest.importorskip("botorch", reason="BoTorch is not installed")
from tinypareto.solvers import History, Space
from tinypareto.solvers.parego import ask_parego, scalarize_scaled
from tinypareto.solvers.posterior import SurrogateError


def history(n: int) -> History:
    x = np.random.default_rng(0).random((n, 2))
    y = np.stack([((x - 0.3) ** 2).sum(1), ((x - 0.5) ** 2).sum(1)], axis=1)
    return History(x, y, np.empty((n, 0)), np.empty((0, 2)))


def test_the_augmented_chebyshev_function_by_hand() -> None:
    y = np.array([[0.0, 10.0], [1.0, 30.0], [2.0, 20.0]])
    got = scalarize_scaled(y, np.array([0.25, 0.75]))
    # Scaled: (0, 0), (0.5, 1), (1, 0.5); weighted: (0, 0), (0.125, 0.75), (0.25, 0.375).
    assert got == pytest.approx([0.0, 0.75 + 0.05 * 0.875, 0.375 + 0.05 * 0.625])


def test_it_proposes_between_the_two_optima() -> None:
    points = [ask_parego(history(25), Space(2), np.random.default_rng(s)) for s in range(3)]
    assert all(((point > 0.15) & (point < 0.65)).all() for point in points)


def test_it_needs_two_feasible_points() -> None:
    with pytest.raises(SurrogateError, match="fewer than two feasible"):
        ask_parego(history(1), Space(2), np.random.default_rng(0))
