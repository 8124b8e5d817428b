from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, f1_score

from tinypareto.errors import ConfigError
from tinypareto.tasks.metrics.metric import Metric
from tinypareto.tasks.metrics.registry import METRICS
from tinypareto.tasks.registry import CLASSIFICATION, TASKS, find_task

metrics = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
Labels = NDArray[np.int64]


def labels(seed: int, cases: int, right: float = 0.6) -> tuple[Labels, Labels]:
    rng = np.random.default_rng(seed)
    targets = rng.choice(4, cases, p=[0.6, 0.2, 0.15, 0.05])
    return np.where(rng.random(cases) < right, targets, rng.integers(0, 5, cases)), targets


@metrics
@given(seed=st.integers(0, 2**32 - 1), cases=st.integers(1, 60))
def test_the_mean_of_the_values_of_the_cases_is_the_figure(
    metric: Metric, seed: int, cases: int
) -> None:
    answers, targets = labels(seed, cases)
    values = metric.by_case(answers, targets)
    assert values.shape == (cases,)
    assert values.mean() == pytest.approx(metric.measure(answers, targets))
    metric.score.check(metric.measure(answers, targets))


@metrics
def test_their_spread_is_the_standard_error_of_the_figure(metric: Metric) -> None:
    answers, targets = labels(0, 800, 0.8)
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, 800, 800) for _ in range(500)]
    bootstrap = np.std([metric.measure(answers[i], targets[i]) for i in drawn])
    assert metric.by_case(answers, targets).std() / np.sqrt(800) == pytest.approx(
        bootstrap, rel=0.15
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(seed=st.integers(0, 2**32 - 1), cases=st.integers(1, 60))
def test_figures_are_those_of_scikit_learn(seed: int, cases: int) -> None:
    answers, targets = labels(seed, cases)
    found = CLASSIFICATION.metrics(answers, targets)
    assert found["accuracy"] == pytest.approx((answers == targets).mean())
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(targets, answers))
    wanted = f1_score(targets, answers, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(wanted)


def test_each_metric_makes_a_task_of_its_own() -> None:
    for name, metric in METRICS.items():
        task = find_task(CLASSIFICATION.steered_by(name))
        assert task.score is metric.score
        assert TASKS[task.name] is task
    assert CLASSIFICATION.steered_by("accuracy") == "classification"
    with pytest.raises(ConfigError, match="wanted accuracy, the score of classification"):
        CLASSIFICATION.steered_by("mse")


def test_rare_classes_count_fully_where_they_should() -> None:
    """A constant answer has 95 % accuracy, and finds none of the faults."""
    targets = np.repeat([0, 1], [95, 5])
    constant: dict[str, Any] = {
        name: find_task(CLASSIFICATION.steered_by(name)).constant(targets, targets)
        for name in METRICS
    }
    assert constant["accuracy"] == 0.95
    assert constant["balanced_accuracy"] == 0.5
    assert constant["macro_f1"] == pytest.approx(0.487, abs=1e-3)
    answers = np.zeros(100, int)
    assert CLASSIFICATION.never_found(answers, targets, ("good", "fault", "absent")) == ("fault",)
    details = CLASSIFICATION.details(answers, targets, ("good", "fault", "absent"))
    assert details["recall"] == [1, 0, None]
