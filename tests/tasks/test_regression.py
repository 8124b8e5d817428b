"""R2 and what it needs, against scikit-learn; the promises of all tasks are in conformance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score

from tinypareto.errors import ConfigError, DataError
from tinypareto.tasks.registry import find_task

TASK = find_task("regression")


def answered(seed: int, cases: int, targets: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    right = rng.normal(5, 3, (cases, targets))
    return (right + rng.normal(0, 1, right.shape)).squeeze(), right.squeeze()


@given(seed=st.integers(0, 1000), cases=st.integers(3, 50), targets=st.integers(1, 3))
def test_scores_are_those_of_scikit_learn(seed: int, cases: int, targets: int) -> None:
    given, right = answered(seed, cases, targets)
    metrics = TASK.metrics(given, right)
    assert metrics["r2"] == pytest.approx(r2_score(right, given))
    if targets == 1:
        assert metrics["mae"] == pytest.approx(mean_absolute_error(right, given))
    else:
        assert "mae" not in metrics


def test_a_constant_target_counts_as_right_or_wrong() -> None:
    same = np.ones(3)
    assert TASK.measure(same, same) == 1
    assert TASK.measure(same + 1, same) == 0


@given(seed=st.integers(0, 1000), targets=st.integers(1, 2))
def test_values_of_cases_have_the_score_as_their_mean(seed: int, targets: int) -> None:
    given, right = answered(seed, 30, targets)
    values = TASK.by_case(given, right)
    assert values is not None
    assert values.mean() == pytest.approx(TASK.measure(given, right))


def test_their_spread_is_the_standard_error_of_the_score() -> None:
    """Over many samples of the same model, the scores spread as the values of one say."""
    pairs = [answered(seed, 200, 1) for seed in range(400)]
    spread = np.std([TASK.measure(*pair) for pair in pairs])
    values = [TASK.by_case(*pair) for pair in pairs]
    errors = [one.std() / np.sqrt(200) for one in values if one is not None]
    assert np.mean(errors) == pytest.approx(spread, rel=0.15)
    assert TASK.standard_error(0.9, 200) == pytest.approx(spread, rel=0.2)


def test_a_bad_score_is_no_worse_an_objective_than_twice_the_constant_answer() -> None:
    assert TASK.score.objective(0.25) == 0.75
    assert TASK.score.objective(-50) == TASK.score.objective(-1e9) == 2


def test_the_mean_of_the_training_part_has_to_be_exceeded() -> None:
    assert TASK.constant(np.array([1.0, 3.0]), np.array([1.0, 2.0, 3.0])) == 0
    far = TASK.constant(np.array([9.0, 9.5]), np.array([1.0, 2.0, 3.0]))
    assert far is not None
    assert far < 0


def test_one_target_is_a_column_or_a_list() -> None:
    y = np.arange(4.0)
    train, test, names = TASK.check_targets("here", y[:, None], y[:2], None)
    assert train.shape == (4,)
    assert test.shape == (2,)
    assert names == ("target",)


@pytest.mark.parametrize(
    ("train", "said"),
    [
        (np.array([1.0, np.nan]), "y_train has 1 values that are NaN or beyond"),
        (np.array([2.0, 2.0]), "target 0 of y_train is 2 in all cases; there is nothing to learn"),
        (np.array([1.7e9, 1.7e9 + 1]), "too little for float32; subtract the mean"),
        (np.zeros((2, 2, 2)), "has shape [2, 2, 2]; wanted [n] for one target"),
        (np.array([[1.0, 2.0], [2.0, 5.0]]), "give both the same targets"),
        (np.array(["a", "b"]), "wanted numbers"),
    ],
)
def test_targets_of_no_use_are_refused(train: np.ndarray, said: str) -> None:
    with pytest.raises(DataError) as refused:
        TASK.check_targets("here", train, np.array([1.0, 2.0]), None)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("names", "said"), [(("a", "a"), "two targets alike"), (("a",), "give 2 names")]
)
def test_names_fit_the_targets(names: tuple[str, ...], said: str) -> None:
    y = np.random.default_rng(0).normal(size=(5, 2))
    with pytest.raises(DataError, match=said):
        TASK.check_targets("here", y, y, names)


def test_what_steers_cannot_be_a_metric_of_classes() -> None:
    with pytest.raises(ConfigError, match="wanted r2, the score of regression"):
        TASK.steered_by("balanced_accuracy")


def test_details_hold_each_target_and_some_cases() -> None:
    given, right = answered(0, 900, 2)
    (one, other) = TASK.details(given, right, ("speed", "load"))["targets"]
    assert (one["name"], other["name"]) == ("speed", "load")
    assert one["r2"] == pytest.approx(r2_score(right[:, 0], given[:, 0]))
    assert len(one["true"]) == len(one["given"]) == 400
