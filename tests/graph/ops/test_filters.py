import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tinypareto.graph.ops.filters import products, quantize_filters
from tinypareto.graph.requantize import Quant

ANY = st.floats(-(2.0**99), 2.0**99, width=32)
quants = st.builds(Quant, st.floats(1e-12, 1e12), st.integers(-128, 127))


@given(
    arrays.arrays(np.float32, (3, 5), elements=ANY),
    arrays.arrays(np.float32, 3, elements=ANY),
    quants,
    quants,
)
def test_no_partial_sum_leaves_int32(
    filters: np.ndarray, bias: np.ndarray, given_: Quant, output: Quant
) -> None:
    made, _ = quantize_filters(filters, bias, given_, output, "none")
    weight = made["weight"].astype(np.int64)
    assert np.abs(weight).max() <= 127
    assert (np.abs(made["bias"].astype(np.int64)) + 128 * np.abs(weight).sum(1) < 2**31).all()
    assert (made["multiplier"] >= 0).all()
    assert ((made["shift"] >= 21) & (made["shift"] <= 54)).all()
    unfolded = made["bias"] + given_.zero_point * weight.sum(1)
    assert (np.abs(unfolded) <= 2**30).all()


def test_a_filter_of_zeros_keeps_its_bias() -> None:
    given_, output = Quant(1e-3, 7), Quant(0.5, -3)
    made, _ = quantize_filters(np.zeros((1, 4)), np.array([40.0]), given_, output, "none")
    steps = made["bias"] * made["multiplier"].astype(np.float64) / 2.0 ** made["shift"]
    np.testing.assert_allclose(steps * output.scale, 40.0, rtol=1e-6)


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1))
def test_products_are_exact(taps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.choice([-128, 127], (2, taps)).astype(np.int8)
    filters = rng.choice([-127, 127], (3, taps)).astype(np.int8)
    rows[0], filters[0] = -128, -127
    exact = rows.astype(np.int64) @ filters.T.astype(np.int64)
    np.testing.assert_array_equal(products(rows, filters), exact)
