"""Scores of simple classifiers are those that they reach."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.evaluation import baselines
from tinypareto.evaluation.baselines import score_baselines
from tinypareto.tasks.registry import CLASSIFICATION


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits")


def test_all_are_scored_in_their_order(digits: Dataset) -> None:
    scores = score_baselines(digits)
    assert [score.name for score in scores] == list(CLASSIFICATION.baselines(0))
    majority = np.bincount(digits.y_train).argmax()
    assert scores[0].score == pytest.approx((digits.y_test == majority).mean())
    assert all(score.score > 0.9 for score in scores[1:])


def test_channels_count_alike_whatever_their_unit(digits: Dataset) -> None:
    """Scaling and shifting a channel changes nothing: a sensor's unit is no information."""
    moved = replace(digits, x_train=digits.x_train * 50 + 7, x_test=digits.x_test * 50 + 7)
    for one, other in zip(score_baselines(digits), score_baselines(moved), strict=True):
        assert one.score == pytest.approx(other.score, abs=0.01)


def test_nearest_neighbour_is_the_euclidean_one(digits: Dataset) -> None:
    flat = digits.x_train.reshape(len(digits.x_train), -1)
    nearest = KNeighborsClassifier(1).fit(flat, digits.y_train)
    wanted = nearest.score(digits.x_test.reshape(len(digits.x_test), -1), digits.y_test)
    scores = {score.name: score.score for score in score_baselines(digits)}
    assert scores["1-NN"] == pytest.approx(wanted, abs=0.005)


def test_the_same_seed_gives_the_same_scores(digits: Dataset) -> None:
    assert score_baselines(digits, 3) == score_baselines(digits, 3)


def test_large_data_is_drawn_from_each_class(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST_CASES", 200)
    x, y = baselines._training_cases(digits, 0)
    assert len(x) == len(y) == 200
    assert np.bincount(y).min() >= 18


def test_a_class_of_one_case_is_no_obstacle(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST_CASES", 200)
    single = np.r_[np.flatnonzero(digits.y_train != 3), np.flatnonzero(digits.y_train == 3)[:1]]
    rare = replace(digits, x_train=digits.x_train[single], y_train=digits.y_train[single])
    assert len(score_baselines(rare)) == len(CLASSIFICATION.baselines(0))
