import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from tinypareto.errors import ConfigError
from tinypareto.nets.ridge import STRENGTHS, fit_ridge, regression_targets


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 40), st.integers(1, 40), st.sampled_from([1e-2, 1.0]))
def test_it_is_ridge_regression(cases: int, features: int, strength: float) -> None:
    rng = np.random.default_rng(cases * 41 + features)
    x = rng.normal(2, 1, (cases, features)).astype(np.float32)
    y = rng.normal(size=(cases, 3))
    made = fit_ridge(x, y, strength)
    norm = ((x - x.mean(axis=0)) ** 2).sum() / cases
    wanted = Ridge(strength * norm).fit(x.astype(np.float64), y)
    np.testing.assert_allclose(
        x @ made.weight.T + made.bias, wanted.predict(x), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("features", [5, 40])
def test_the_strength_has_the_least_leave_one_out_error(features: int) -> None:
    rng = np.random.default_rng(features)
    x = rng.normal(size=(20, features)).astype(np.float32)
    y = x[:, :1] * 2 + rng.normal(size=(20, 2))
    norm = ((x - x.mean(axis=0)) ** 2).sum() / len(x)
    errors = []
    for strength in STRENGTHS:
        left = [np.delete(np.arange(20), case) for case in range(20)]
        misses = [
            Ridge(strength * norm).fit(x[rest].astype(np.float64), y[rest]).predict(x[[case]])[0]
            - y[case]
            for case, rest in enumerate(left)
        ]
        errors.append(np.mean(np.square(misses)))
    assert fit_ridge(x, y).strength == STRENGTHS[int(np.argmin(errors))]


def test_classes_become_signs_and_numbers_stay() -> None:
    made = regression_targets(np.array([0, 2]), 3)
    assert made.tolist() == [[1, -1, -1], [-1, -1, 1]]
    assert regression_targets(np.array([0.5, 1.5]), 1).tolist() == [[0.5], [1.5]]
    with pytest.raises(ConfigError, match="targets have shape"):
        regression_targets(np.zeros((4, 2)), 3)
