"""Which data steers the search."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from tinypareto.data.dataset import Dataset
from tinypareto.data.group_split import grouped_folds, recordings_of_rarest
from tinypareto.errors import DataError

SelectOn = Literal["validation", "test"]

HOLDOUT = 0.2
HOLDOUT_CASES = 100
"""A smaller validation part moves by more than one percentage point with a single case."""
HOLDOUT_CASES_PER_CLASS = 2
LARGEST_K = 3

Part = tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True)
class Fold:
    """One training and evaluation.

    Attributes:
        train_index: int64, cases of the training data to train on.
        eval_index: int64, cases to evaluate on: of the training data, or of the test data where
            the selection's kind is "test".
    """

    train_index: NDArray[np.int64]
    eval_index: NDArray[np.int64]


@dataclass(frozen=True)
class Selection:
    """The data that steers a search.

    Attributes:
        kind: "holdout", "kfold" or "test".
        folds: One fold, or k for "kfold".
        description: For people, such as "a stratified 20 % validation part (270 cases) of the
            training data".
    """

    kind: Literal["holdout", "kfold", "test"]
    folds: tuple[Fold, ...]
    description: str

    def fitted(self, dataset: Dataset, fold: Fold) -> Part:
        """What a fold trains on: (x, y), copies."""
        return dataset.x_train[fold.train_index], dataset.y_train[fold.train_index]

    def scored(self, dataset: Dataset, fold: Fold) -> Part:
        """What scores it."""
        if self.kind == "test":
            return dataset.x_test, dataset.y_test
        return dataset.x_train[fold.eval_index], dataset.y_train[fold.eval_index]


def selection_folds(dataset: Dataset, select_on: SelectOn, seed: int) -> Selection:
    """Choose the data that steers the search.

    "validation" holds out a stratified 20 % of the training data where that gives at least 100
    cases and at least 2 of each class; smaller training data is cross-validated, stratified, with
    k = min(3, cases of the smallest class). "test" is the protocol of Deutel 2023, Section 5: the
    test split steers the search and is reported too. Where the data has groups, whole recordings
    are held out, and recordings count for cases of a class.

    Args:
        dataset: The data.
        select_on: "validation" or "test".
        seed: Of the random split; the same seed gives the same folds.

    Raises:
        DataError: A class has a single training case, so that it cannot be both learnt and tested.
    """
    y = dataset.y_train
    if select_on == "test":
        fold = Fold(np.arange(len(y)), np.arange(len(dataset.y_test)))
        text = "the TEST split (paper's protocol: the accuracies are optimistic)"
        return Selection("test", (fold,), text)
    if dataset.groups is not None:
        return _by_recordings(dataset, dataset.groups, seed)
    smallest = _smallest_class(dataset)
    held = _holdout(y, seed)
    if held is not None:
        text = f"a stratified 20 % validation part ({len(held.eval_index)} cases)"
        return Selection("holdout", (held,), f"{text} of the training data")
    k = min(LARGEST_K, smallest)
    splits = StratifiedKFold(k, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
    text = f"stratified {k}-fold cross-validation on the training data ({len(y)} cases)"
    return Selection("kfold", tuple(Fold(train, held) for train, held in splits), text)


def _by_recordings(dataset: Dataset, groups: NDArray[np.int64], seed: int) -> Selection:
    y = dataset.y_train
    rarest, count = recordings_of_rarest(y, groups)
    if count < 2:
        raise DataError(
            f"{dataset.name}: class {dataset.class_names[rarest]!r} has a single training "
            "recording; a validation part needs two; add one, drop the class, or choose "
            "select-on test"
        )
    parts = round(1 / HOLDOUT)
    if HOLDOUT * len(y) >= HOLDOUT_CASES and count >= parts:
        train, held = grouped_folds(y, groups, parts, seed)[0]
        text = f"a stratified 20 % validation part ({len(held)} cases) of the training recordings"
        return Selection("holdout", (Fold(train, held),), text)
    k = min(LARGEST_K, count)
    folds = grouped_folds(y, groups, k, seed)
    text = f"stratified {k}-fold cross-validation on the training recordings ({len(y)} cases)"
    return Selection("kfold", tuple(Fold(train, held) for train, held in folds), text)


def _smallest_class(dataset: Dataset) -> int:
    counts = np.bincount(dataset.y_train)
    smallest = int(counts.argmin())
    if counts[smallest] < 2:
        raise DataError(
            f"{dataset.name}: class {dataset.class_names[smallest]!r} has a single training case; "
            "a validation part needs two; add cases, drop the class, or choose select-on test"
        )
    return int(counts[smallest])


def _holdout(y: NDArray[np.int64], seed: int) -> Fold | None:
    """The holdout, or None where it would be too small."""
    if HOLDOUT * len(y) < HOLDOUT_CASES:
        return None
    train, held = train_test_split(
        np.arange(len(y)), test_size=HOLDOUT, stratify=y, random_state=seed
    )
    per_class = np.bincount(y[held], minlength=int(y.max()) + 1)
    return Fold(train, held) if per_class.min() >= HOLDOUT_CASES_PER_CLASS else None
