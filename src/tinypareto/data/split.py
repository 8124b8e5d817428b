"""The data that steers the search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from tinypareto.data.dataset import Dataset
from tinypareto.data.group_split import grouped_folds, recordings_of_rarest
from tinypareto.errors import DataError
from tinypareto.tasks.task import Targets

SelectOn = Literal["validation", "test"]

HOLDOUT = 0.2
STANDARD_ERROR = 0.03
"""Standard error of a search score to aim at, for a network with an accuracy of 0.9."""
ENOUGH_CASES = round(0.9 * 0.1 / STANDARD_ERROR**2)
"""Cases to score a network on for that: the variance of one right answer is p (1 - p)."""
HOLDOUT_CASES_PER_STRATUM = 2
K = 3
K_FOR_FEW = 5
"""Folds where there are fewer than `ENOUGH_CASES`. With three of them, networks train on so few
cases that their ranks change."""
MOST_REPEATS = 2
"""Repeats of a cross-validation; each costs as many trainings as it has folds."""

Part = tuple[NDArray[np.float32], Targets]


@dataclass(frozen=True)
class Fold:
    """One training and evaluation.

    Attributes:
        train_index: int64, indices of the training data to train on.
        eval_index: int64, indices of the cases to evaluate on, which belong to the test data if the
            selection's kind is "test" and to the training data otherwise.
    """

    train_index: NDArray[np.int64]
    eval_index: NDArray[np.int64]


@dataclass(frozen=True)
class Selection:
    """The data that steers a search.

    Attributes:
        kind: "holdout", "kfold" or "test".
        folds: One fold, or k for each repeat of "kfold".
        description: Text for people, such as "a stratified 20 % validation part (270 cases) of the
            training data".
    """

    kind: Literal["holdout", "kfold", "test"]
    folds: tuple[Fold, ...]
    description: str

    def cases(self, dataset: Dataset) -> int:
        """Number of distinct cases that a network's search score is measured on."""
        if self.kind == "test":
            return len(dataset.y_test)
        return len(np.unique(np.concatenate([fold.eval_index for fold in self.folds])))

    def again(self, dataset: Dataset, seed: int, repeat: int) -> "Selection":
        """A selection of the same kind with other folds, or with the same if there are no others.

        Args:
            dataset: The data.
            seed: Seed of the search.
            repeat: Number of the repeat, from 1.
        """
        other = int(np.random.SeedSequence((seed, repeat)).generate_state(1)[0])
        try:
            return selection_folds(dataset, "test" if self.kind == "test" else "validation", other)
        # Whole recordings can be hard to divide, and not every seed succeeds.
        except DataError:
            return self

    def fitted(self, dataset: Dataset, fold: Fold) -> Part:
        """The cases and targets that a fold trains on, copied."""
        return dataset.x_train[fold.train_index], dataset.y_train[fold.train_index]

    def scored(self, dataset: Dataset, fold: Fold) -> Part:
        """The cases and targets that score it."""
        if self.kind == "test":
            return dataset.x_test, dataset.y_test
        return dataset.x_train[fold.eval_index], dataset.y_train[fold.eval_index]


def selection_folds(dataset: Dataset, select_on: SelectOn, seed: int) -> Selection:
    """Choose the data that steers the search.

    "validation" holds out a stratified 20 % of the training data if that gives `ENOUGH_CASES` and
    at least 2 of each stratum (the classes; see `Task.strata`). Smaller training data is
    cross-validated, stratified, with 3 folds, or twice with 5 if it has fewer than `ENOUGH_CASES`;
    there are no more folds than cases of the smallest stratum. "test" is the protocol of Deutel
    2023, Section 5: the test split steers the search and is reported too. If the data has groups,
    whole recordings are held out, and a stratum counts recordings, not cases. If it has an official
    validation part, that one is held out.

    Args:
        dataset: The data.
        select_on: "validation" or "test".
        seed: Seed of the random split; the same seed gives the same folds.

    Raises:
        DataError: A stratum has a single training case, so it cannot be both learnt and tested.
    """
    strata = dataset.learning_task.strata(dataset.y_train)
    cases = len(strata)
    if select_on == "test":
        fold = Fold(np.arange(cases), np.arange(len(dataset.y_test)))
        text = "the TEST split (paper's protocol: the scores are optimistic)"
        return Selection("test", (fold,), text)
    if dataset.validation is not None:
        return _official(dataset, strata, dataset.validation)
    if dataset.groups is not None:
        return _by_recordings(dataset, strata, dataset.groups, seed)
    smallest = _smallest_stratum(dataset, strata)
    held = _holdout(strata, seed)
    if held is not None:
        text = f"a {_way(strata)} 20 % validation part ({len(held.eval_index)} cases)"
        return Selection("holdout", (held,), f"{text} of the training data")
    k = min(_largest_k(cases), smallest)
    return _cross_validation(
        k,
        cases,
        "the training data",
        lambda seed: StratifiedKFold(k, shuffle=True, random_state=seed).split(strata, strata),
        seed,
        _way(strata),
    )


def _way(strata: NDArray[np.int64]) -> str:
    """How cases are drawn, in a word."""
    return "stratified" if strata.any() else "random"


def _largest_k(cases: int) -> int:
    return K if cases >= ENOUGH_CASES else K_FOR_FEW


def _cross_validation(
    k: int,
    cases: int,
    source: str,
    split: Callable[[int], Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]],
    seed: int,
    way: str,
) -> Selection:
    """A cross-validation, repeated with other folds up to `MOST_REPEATS` times for enough cases."""
    repeats = min(MOST_REPEATS, -(-ENOUGH_CASES // cases))
    later = np.random.SeedSequence(seed).generate_state(repeats - 1)
    pairs = [pair for number in (seed, *map(int, later)) for pair in split(number)]
    times = " twice" if repeats == 2 else ""
    text = f"{way} {k}-fold cross-validation{times} on {source} ({cases} cases)"
    return Selection("kfold", tuple(Fold(train, held) for train, held in pairs), text)


def _official(
    dataset: Dataset, strata: NDArray[np.int64], validation: NDArray[np.bool_]
) -> Selection:
    train, held = np.flatnonzero(~validation), np.flatnonzero(validation)
    if missing := set(strata.tolist()) - set(strata[train].tolist()):
        raise DataError(
            f"{dataset.name}: {_title(dataset, min(missing))} has cases in the validation part, but"
            " none to train; add some, or move them to the training part"
        )
    text = f"the validation part of the data ({len(held)} cases)"
    return Selection("holdout", (Fold(train, held),), text)


def _by_recordings(
    dataset: Dataset, strata: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> Selection:
    rarest, count = recordings_of_rarest(strata, groups)
    if count < 2:
        raise DataError(
            f"{dataset.name}: {_title(dataset, rarest)} has a single training "
            "recording; a validation part needs two; add one, drop the class, or choose "
            "select-on test"
        )
    parts = round(1 / HOLDOUT)
    if HOLDOUT * len(strata) >= ENOUGH_CASES and count >= parts:
        train, held = grouped_folds(strata, groups, parts, seed)[0]
        text = (
            f"a {_way(strata)} 20 % validation part ({len(held)} cases) of the training recordings"
        )
        return Selection("holdout", (Fold(train, held),), text)
    k = min(_largest_k(len(strata)), count)
    return _cross_validation(
        k,
        len(strata),
        "the training recordings",
        lambda seed: grouped_folds(strata, groups, k, seed),
        seed,
        _way(strata),
    )


def _title(dataset: Dataset, stratum: int) -> str:
    return dataset.learning_task.stratum(stratum, dataset.class_names)


def _smallest_stratum(dataset: Dataset, strata: NDArray[np.int64]) -> int:
    counts = np.bincount(strata)
    smallest = int(counts.argmin())
    if counts[smallest] < 2:
        raise DataError(
            f"{dataset.name}: {_title(dataset, smallest)} has a single training case; "
            "a validation part needs two; add cases, drop the class, or choose select-on test"
        )
    return int(counts[smallest])


def _holdout(strata: NDArray[np.int64], seed: int) -> Fold | None:
    """The holdout, or None if it would be too small."""
    classes = int(strata.max()) + 1
    if HOLDOUT * len(strata) < max(ENOUGH_CASES, HOLDOUT_CASES_PER_STRATUM * classes):
        return None
    train, held = train_test_split(
        np.arange(len(strata)), test_size=HOLDOUT, stratify=strata, random_state=seed
    )
    counts = np.bincount(strata[held], minlength=classes)
    return Fold(train, held) if counts.min() >= HOLDOUT_CASES_PER_STRATUM else None
