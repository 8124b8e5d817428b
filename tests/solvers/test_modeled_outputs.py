import numpy as np
import pytest

from tinypareto.solvers import History, Known, Space
from tinypareto.solvers.modeled_outputs import find_outputs, repeats_known_limit
from tinypareto.solvers.surrogate import log_density

Array = np.ndarray
X = np.random.default_rng(0).random((12, 3))


def steps(x: Array) -> Array:
    return np.asarray(np.floor(10 * x[:, [0]]))


def history(y: Array, c: Array) -> History:
    return History(X[: len(y)], y, c, np.empty((0, 3)))


def test_a_constraint_that_repeats_a_known_limit_is_recognized() -> None:
    space = Space(3, known=Known((1,), steps, (3.0,)))
    assert repeats_known_limit(7.0 * (steps(X)[:, 0] - 3.0), X, space)
    assert not repeats_known_limit(3.0 - steps(X)[:, 0], X, space)
    assert not repeats_known_limit(X[:, 1], X, space)
    assert not repeats_known_limit(X[:, 1], X, Space(3))


def test_a_constraint_that_repeats_an_objective_is_its_limit() -> None:
    """The second constraint is the first objective's upper limit, twice over."""
    y = X[:, :2] + 5.0
    c = np.column_stack([X[:, 2], 2.0 * (y[:, 0] - 5.4), 5.4 - y[:, 0]])
    found = find_outputs(history(y, c), Space(3))
    (limit,) = found.limits
    assert limit.objective == 0
    assert limit.slope == pytest.approx(2.0)
    assert limit.bound == pytest.approx(5.4)
    assert found.targets == (0, 1, 2, 3)
    np.testing.assert_array_equal(found.columns[3], c[:, 2])


def test_a_limit_tells_the_objective_of_a_candidate_given_up() -> None:
    y = X[:, :1].copy()
    c = 3.0 * (y - 0.5)
    y[5] = np.nan
    found = find_outputs(history(y, c), Space(3))
    np.testing.assert_allclose(found.columns[0], X[:, 0])


def test_two_values_are_on_a_line_by_chance() -> None:
    y = np.array([[0.0], [1.0], [1.0]])
    c = np.array([[2.0], [5.0], [5.0]])
    assert not find_outputs(history(y, c), Space(3)).limits


def test_logarithms_are_for_what_is_positive_and_better_learned_so() -> None:
    """Of an exponential and a line, both positive, only the first; and not with an offset."""
    x = np.random.default_rng(0).random((30, 3))
    y = np.column_stack([np.exp(4.0 * x[:, 0]), 0.1 + x[:, 1], np.exp(4.0 * x[:, 0]) - 1e3])
    h = History(x, y, np.empty((30, 0)), np.empty((0, 3)))
    found = find_outputs(h, Space(3)).with_logarithms(lambda rows, v: log_density(x[rows], v, 0))
    assert found.logarithmic.tolist() == [True, False, False]
    np.testing.assert_allclose(found.columns[0], 4.0 * x[:, 0])
    np.testing.assert_array_equal(found.columns[1], y[:, 1])


def test_rows_not_recorded_stay_so_in_logs() -> None:
    y = np.exp(3.0 * X[:, :1])
    y[3] = np.nan
    found = find_outputs(history(y, np.empty((12, 0))), Space(3)).with_logarithms(
        lambda rows, v: -10.0 * float(v.max())
    )
    assert np.isnan(found.columns[0][3])
    assert found.logarithmic.all()


def test_logarithms_must_gain_as_much_evidence_as_is_asked() -> None:
    y = np.exp(3.0 * X[:, :1])
    outputs = find_outputs(history(y, np.empty((12, 0))), Space(3))

    def density(rows: Array, values: Array) -> float:
        """Logarithms gain 4 nats, the change of variables included."""
        return float(values.sum()) + 4.0 if values.max() < 5.0 else 0.0

    assert outputs.with_logarithms(density, 3.9).logarithmic.all()
    assert not outputs.with_logarithms(density, 4.1).logarithmic.any()
