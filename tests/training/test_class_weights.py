import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.nets.spec import NetSpec
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.class_weights import case_weights
from tinypareto.training.evaluate import float_outputs
from tinypareto.training.loop import train

labels = st.lists(st.integers(0, 4), min_size=2, max_size=60).map(
    lambda drawn: np.unique(np.array(drawn), return_inverse=True)[1].astype(np.int64)
)


@given(labels, st.floats(0, 1))
def test_rare_classes_weigh_more_and_the_mean_is_one(
    strata: np.ndarray[tuple[int], np.dtype[np.int64]], balance: float
) -> None:
    weights, counts = case_weights(strata, balance), np.bincount(strata)
    if balance == 0 or len(set(counts)) == 1:
        assert weights is None
    elif weights is not None:
        assert weights.shape == (len(strata), 1)
        assert weights.mean() == pytest.approx(1, abs=1e-5)
        by_class = {int(n): float(weights[strata == c][0, 0]) for c, n in enumerate(counts)}
        ordered = [by_class[n] for n in sorted(by_class)]
        assert ordered == sorted(ordered, reverse=True)


def test_with_full_balance_all_classes_count_alike() -> None:
    strata = np.repeat([0, 1, 2], [70, 20, 10])
    weights = case_weights(strata, 1.0)
    assert weights is not None
    sums = [weights[strata == c].sum() for c in range(3)]
    assert sums == pytest.approx([100 / 3] * 3, rel=1e-5)


def test_a_rare_class_is_found() -> None:
    """One case of 25 has a weak pulse, which by accuracy alone is best ignored."""
    rng = np.random.default_rng(0)

    def part(cases: int) -> tuple[np.ndarray, np.ndarray]:
        y = (np.arange(cases) % 25 == 0).astype(np.int64)
        x = rng.normal(size=(cases, 1, 20))
        x[y == 1, :, 8:12] += 1.0
        return x.astype(np.float32), y

    (x, y), (x_test, y_test) = part(400), part(1000)
    found = []
    for balance in (0.0, 1.0):
        module = NetSpec("dscnn", {"width": 8, "depth": 1, "reach": 2}, (1, 20), 2).build()
        settings = TrainingSettings(epochs=15, balance=balance)
        train(module, x, y, settings, {}, seed=0)
        answers = float_outputs(module, x_test).argmax(1)
        found.append(float(answers[y_test == 1].mean()))
    assert found[1] > found[0] + 0.3
