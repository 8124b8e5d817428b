import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tinypareto.samplers.encoding import Encoding

SPACE: dict[str, BaseDistribution] = {
    "float": FloatDistribution(-1.0, 3.0),
    "log": FloatDistribution(1e-4, 1e2, log=True),
    "step": FloatDistribution(0.0, 1.0, step=0.25),
    "int": IntDistribution(3, 9, step=3),
    "log_int": IntDistribution(1, 100, log=True),
    "choice": CategoricalDistribution(("a", 1, None)),
}


def test_by_hand() -> None:
    row = {"float": 0.0, "log": 0.1, "step": 0.5, "int": 6, "log_int": 10, "choice": 1}
    x = Encoding(SPACE).encode([row])[0]
    log_int = np.log(10 / 0.5) / np.log(100.5 / 0.5)
    np.testing.assert_allclose(x, [0.25, 0.5, 0.5, 0.5, log_int, 0.0, 1.0, 0.0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_snapped_points_decode_alike_and_encode_to_themselves(seed: int) -> None:
    encoding = Encoding(SPACE)
    x = np.random.default_rng(seed).random((5, encoding.dim))
    snapped = encoding.snap(x)
    for name, values in encoding.decode(x).items():
        np.testing.assert_array_equal(encoding.decode(snapped)[name], values)
    rows = [encoding.params(point) for point in x]
    np.testing.assert_allclose(encoding.encode(rows), snapped, atol=1e-12)
    assert all(SPACE[n]._contains(SPACE[n].to_internal_repr(v)) for r in rows for n, v in r.items())


@pytest.mark.parametrize("name", ["step", "int", "choice"])
def test_discrete_values_are_equally_likely(name: str) -> None:
    encoding = Encoding({name: SPACE[name]})
    u = (np.arange(3000)[:, None] + 0.5) / 3000
    values = encoding.decode(encoding.from_uniform(u))[name]
    counts = [int((values == v).sum()) for v in set(values.tolist())]
    assert max(counts) - min(counts) <= 1


def test_ends_of_the_range_are_reached() -> None:
    encoding = Encoding({name: SPACE[name] for name in ("log", "step", "int", "log_int")})
    low, high = encoding.decode(np.zeros((1, 4))), encoding.decode(np.ones((1, 4)))
    assert [v.item() for v in low.values()] == pytest.approx([1e-4, 0.0, 3, 1])
    assert [v.item() for v in high.values()] == pytest.approx([1e2, 1.0, 9, 100])
