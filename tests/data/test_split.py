from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import ENOUGH_CASES, selection_folds
from tinypareto.errors import DataError


def dataset(counts: list[int]) -> Dataset:
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(len(y), dtype=np.float32)[:, None, None]
    names = tuple(f"class{i}" for i in range(len(counts)))
    return Dataset("made", x, y, -x[:4] - 1, y[:4], names)


def test_enough_data_is_held_out_stratified() -> None:
    data = dataset([300, 500, 350])
    chosen = selection_folds(data, "validation", 3)
    assert chosen.kind == "holdout"
    assert (
        chosen.description == "a stratified 20 % validation part (230 cases) of the training data"
    )
    [fold] = chosen.folds
    np.testing.assert_array_equal(np.bincount(data.y_train[fold.eval_index]), [60, 100, 70])


@pytest.mark.parametrize(
    ("counts", "k"),
    [([50] * 2, 3), ([98, 2], 2), ([496, 3], 3), ([5000, 5], 3), ([250, 249], 3)],
)
def test_small_data_or_a_rare_class_is_cross_validated(counts: list[int], k: int) -> None:
    chosen = selection_folds(dataset(counts), "validation", 0)
    assert (chosen.kind, len(chosen.folds)) == ("kfold", k)
    assert chosen.description == (
        f"stratified {k}-fold cross-validation on the training data ({sum(counts)} cases)"
    )


@pytest.mark.parametrize(("counts", "k"), [([5] * 6, 5), ([2, 9], 2), ([50, 49], 5)])
def test_a_cross_validation_of_few_cases_is_repeated_with_other_folds(
    counts: list[int], k: int
) -> None:
    chosen = selection_folds(dataset(counts), "validation", 0)
    assert chosen.description == (
        f"stratified {k}-fold cross-validation twice on the training data ({sum(counts)} cases)"
    )
    assert (len(chosen.folds), chosen.cases(dataset(counts))) == (2 * k, sum(counts))
    first, second = ([set(fold.eval_index) for fold in chosen.folds[at::k]] for at in (0, 1))
    assert first != second


@settings(deadline=None)
@given(st.lists(st.integers(2, 300), min_size=2, max_size=5), st.integers(0, 2**32 - 1))
def test_folds_are_disjoint_keep_all_classes_and_repeat(counts: list[int], seed: int) -> None:
    data = dataset(counts)
    chosen = selection_folds(data, "validation", seed)
    again = selection_folds(data, "validation", seed)
    everything = np.arange(len(data.y_train))
    for fold, same in zip(chosen.folds, again.folds, strict=True):
        np.testing.assert_array_equal(fold.eval_index, same.eval_index)
        both = np.concatenate([fold.train_index, fold.eval_index])
        np.testing.assert_array_equal(np.sort(both), everything)
        assert len(np.unique(data.y_train[fold.train_index])) == len(counts)
    if chosen.kind == "kfold":
        held = np.bincount(np.concatenate([fold.eval_index for fold in chosen.folds]))
        assert set(held) == {1 if len(everything) >= ENOUGH_CASES else 2}
        assert len(held) == len(everything)


def test_parts_are_the_indexed_arrays() -> None:
    data = dataset([4, 4])
    chosen = selection_folds(data, "validation", 0)
    for fold in chosen.folds:
        x_train, y_train = chosen.fitted(data, fold)
        x_eval, y_eval = chosen.scored(data, fold)
        np.testing.assert_array_equal(data.y_train[x_train[:, 0, 0].astype(int)], y_train)
        np.testing.assert_array_equal(data.y_train[x_eval[:, 0, 0].astype(int)], y_eval)
        assert set(x_train.ravel()).isdisjoint(x_eval.ravel())


def test_the_papers_protocol_trains_on_all_and_says_test() -> None:
    data = dataset([1, 9])
    chosen = selection_folds(data, "test", 0)
    assert chosen.kind == "test"
    assert "TEST split" in chosen.description
    (fold,) = chosen.folds
    x_eval, y_eval = chosen.scored(data, fold)
    np.testing.assert_array_equal(chosen.fitted(data, fold)[0], data.x_train)
    np.testing.assert_array_equal(x_eval, data.x_test)
    np.testing.assert_array_equal(y_eval, data.y_test)


@pytest.mark.parametrize("counts", [[1, 9], [5000, 1]])
def test_a_class_with_one_case_is_refused(counts: Any) -> None:
    with pytest.raises(
        DataError, match=r"'class[01]' has a single training case; .* select-on test"
    ):
        selection_folds(dataset(counts), "validation", 0)


@settings(deadline=None)
@given(
    st.lists(st.integers(2, 12), min_size=2, max_size=4),
    st.integers(1, 60),
    st.integers(0, 2**32 - 1),
)
def test_whole_recordings_are_held_out(recordings: list[int], windows: int, seed: int) -> None:
    data = dataset([count * windows for count in recordings])
    groups = np.repeat(np.arange(sum(recordings)), windows)
    chosen = selection_folds(replace(data, groups=groups), "validation", seed)
    wanted = "holdout" if min(recordings) >= 5 and len(groups) >= 500 else "kfold"
    assert chosen.kind == wanted
    for fold in chosen.folds:
        assert not set(groups[fold.train_index]) & set(groups[fold.eval_index])
        assert len(np.unique(data.y_train[fold.train_index])) == len(recordings)
        assert len(fold.train_index) + len(fold.eval_index) == len(groups)
    assert chosen.description.endswith("recordings" if wanted == "holdout" else "cases)")


def test_a_class_with_one_recording_is_refused() -> None:
    data = replace(dataset([4, 4]), groups=np.array([0, 0, 1, 1, 2, 2, 2, 2]))
    with pytest.raises(DataError, match="class 'class1' has a single training recording"):
        selection_folds(data, "validation", 0)


def test_many_classes_of_few_cases_are_cross_validated() -> None:
    assert selection_folds(dataset([3] * 200), "validation", 0).kind == "kfold"


def test_an_official_validation_part_is_held_out() -> None:
    held = np.arange(9) % 3 == 1
    chosen = selection_folds(replace(dataset([4, 5]), validation=held), "validation", 0)
    [fold] = chosen.folds
    assert fold.eval_index.tolist() == [1, 4, 7]
    assert fold.train_index.tolist() == [0, 2, 3, 5, 6, 8]
    assert chosen.description == "the validation part of the data (3 cases)"
