import numpy as np

from tinypareto.data import digits


def test_the_split_is_stratified_fixed_and_loses_nothing() -> None:
    data, again = digits.load(), digits.load()
    assert data.input_shape == (1, 8, 8)
    assert len(data.y_train) + len(data.y_test) == 1797
    assert len(data.y_test) == 450
    assert (data.x_train.min(), data.x_train.max()) == (0, 16)
    shares = np.bincount(data.y_train) / len(data.y_train)
    np.testing.assert_allclose(shares, np.bincount(data.y_test) / 450, atol=2e-3)
    np.testing.assert_array_equal(data.x_test, again.x_test)
