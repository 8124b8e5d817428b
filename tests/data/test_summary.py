"""Description of the data before the first trial."""

from dataclasses import replace

import numpy as np
import pytest

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.data.summary import SHOWN, ClassCount, summarize
from tinypareto.data.suspicions import suspicions

RNG = np.random.default_rng(0)


def data(cases: int = 600, channels: int = 2) -> Dataset:
    x = RNG.normal(size=(cases, channels, 5)).astype(np.float32)
    y = np.arange(cases) % 3
    return Dataset("made", x, y, x[:7], y[:7], ("a", "b", "c"), notes=("3 rows are left out",))


def test_cases_channels_classes_and_recordings_are_counted() -> None:
    dataset = replace(data(), groups=np.arange(600) // 5, channel_names=("ax", "ay"))
    summary = summarize(dataset, selection_folds(dataset, "validation", 0))
    assert (summary.train, summary.validation, summary.test) == (480, 120, 7)
    assert summary.classes == (
        ClassCount("a", 200, 3), ClassCount("b", 200, 2), ClassCount("c", 200, 2)
    )  # fmt: skip
    assert summary.notes == ("3 rows are left out",)
    assert list(summary.lines()) == [
        "480 cases to train, 120 to validate, 7 to test",
        "2 channels (ax, ay) of 5 steps",
        "3 classes (train + test): a 200 + 3, b 200 + 2, c 200 + 2",
        "120 recordings or groups to train and validate",
    ]


def test_cross_validation_holds_nothing_out_and_long_lists_end() -> None:
    dataset = data(60, SHOWN + 5)
    dataset = replace(dataset, channel_names=tuple(f"c{i}" for i in range(SHOWN + 5)))
    lines = list(summarize(dataset, selection_folds(dataset, "validation", 0)).lines())
    assert lines[0] == "60 cases to train, 7 to test"
    assert lines[1].endswith("c19, ... (5 more)) of 5 steps")


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((128, 3), "if it is 3 channels of 128 steps, write X.transpose(0, 2, 1)"),
        ((8, 8), "if it is an image, write X[:, None]"),
        ((9, 9, 1), "if the channels are the last axis, write X.transpose(0, 3, 1, 2)"),
        ((32, 32, 3), "if the channels are the last axis"),
    ],
)
def test_axes_that_look_swapped_are_named(shape: tuple[int, ...], reason: str) -> None:
    [line] = suspicions(RNG.normal(size=(4, *shape)).astype(np.float32))
    assert reason in line


@pytest.mark.parametrize(
    "shape", [(3, 128), (1, 1), (40, 41), (3, 3), (1, 9, 9), (3, 4, 4), (3, 9, 3)]
)
def test_other_axes_are_not(shape: tuple[int, ...]) -> None:
    assert not suspicions(RNG.normal(size=(4, *shape)).astype(np.float32))


def test_constant_and_duplicated_channels_are_named() -> None:
    x = RNG.normal(size=(4, 5, 9)).astype(np.float32)
    x[:, 1], x[:, 4], x[:, 3] = 2.5, x[:, 0], x[:, 2]
    x[3, 3, 8] += 1
    assert suspicions(x, tuple("abcde")) == (
        "channel b has the value 2.5 in all cases",
        "channel e has the same values as channel a",
    )
