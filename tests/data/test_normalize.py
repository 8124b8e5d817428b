import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinypareto.data import normalize
from tinypareto.data.normalize import Normalizer

SERIES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=3, max_dims=4, max_side=6),
    elements=st.floats(-1e3, 1e3, width=32),
)


@given(SERIES)
def test_channels_have_zero_mean_and_unit_or_zero_deviation(x: np.ndarray) -> None:
    normalizer = Normalizer.fit(x)
    y = normalizer.apply(x)
    assert y.dtype == np.float32
    assert y.shape == x.shape
    assert np.isfinite(y).all()
    axes = (0, *range(2, x.ndim))
    # Values close to each other but far from zero lose digits to float32.
    varied = x.std(axis=axes, dtype=np.float64) > 1e-3 * np.abs(x).max(axis=axes) + 1e-30
    np.testing.assert_allclose(y.mean(axis=axes)[varied], 0, atol=1e-3)
    np.testing.assert_allclose(y.std(axis=axes)[varied], 1, atol=1e-3)


def test_a_constant_channel_becomes_zero() -> None:
    x = np.full((7, 2, 5), 0.1, np.float32)
    x[:, 1, ::2] = 3
    normalizer = Normalizer.fit(x)
    assert normalizer.std[0] == 1
    np.testing.assert_allclose(normalizer.apply(x)[:, 0], 0, atol=1e-7)


def test_new_data_uses_the_old_statistics() -> None:
    x = np.array([[[0.0, 2.0]], [[2.0, 4.0]]], np.float32)
    normalizer = Normalizer.fit(x)
    shifted = normalizer.apply(x) + np.sqrt(2)
    np.testing.assert_allclose(normalizer.apply(x + 2), shifted, atol=1e-6)


def test_large_data_in_pieces_and_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(3, 2, (50, 2, 7)).astype(np.float32)
    whole = Normalizer.fit(x)
    monkeypatch.setattr(normalize, "PIECE", 7)
    pieces = Normalizer.fit(x)
    np.testing.assert_allclose(pieces.mean, whole.mean, rtol=1e-6)
    np.testing.assert_allclose(pieces.std, whole.std, rtol=1e-6)
    wanted = pieces.apply(x)
    assert pieces.apply(x, in_place=True) is x
    np.testing.assert_array_equal(x, wanted)
