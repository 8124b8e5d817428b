import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.tasks.output_scaling import OutputScaling


@given(seed=st.integers(0, 1000), targets=st.integers(1, 3))
def test_units_come_back(seed: int, targets: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(rng.normal(0, 10, targets), 10 ** rng.uniform(-2, 2, targets), (50, targets))
    scaling = OutputScaling.fit(y)
    scaled = scaling.standardized(y)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-4)
    np.testing.assert_allclose(scaling.in_units(scaled), y, rtol=1e-4, atol=1e-4)


def test_a_list_keeps_its_shape_and_a_constant_its_unit() -> None:
    assert OutputScaling.fit(np.array([3.0, 3.0])) == OutputScaling((3.0,), (1.0,))
    assert OutputScaling.fit(np.arange(3.0)).standardized(np.arange(3.0)).shape == (3,)


def test_classes_have_no_scaling() -> None:
    labels = np.array([0, 1])
    assert OutputScaling().standardized(labels) is labels
