import numpy as np
import pytest

from tinypareto.solvers import Known


def test_remembered_points_are_not_computed_again() -> None:
    calls = []

    def square(x: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        return x[:, :1] ** 2

    x = np.random.default_rng(0).random((6, 3))
    known = Known((1,), square, (1.0,)).remember(x)
    np.testing.assert_array_equal(known.evaluate(x[[4, 1]]), x[[4, 1], :1] ** 2)
    assert calls == [6]
    assert known.limits == (1.0,)


@pytest.mark.parametrize("n", [0, 2, 9])
def test_other_points_are_computed(n: int) -> None:
    rng = np.random.default_rng(1)
    known = Known((0,), lambda x: x[:, :1] + 1.0, (np.inf,)).remember(rng.random((4, 2)))
    points = rng.random((n, 2))
    np.testing.assert_array_equal(known.evaluate(points), points[:, :1] + 1.0)
