"""Data sets from what Python holds."""

from typing import Any

import numpy as np
import pytest
import torch

from tinypareto import make_dataset
from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.data.from_python import is_recordings, recordings_from
from tinypareto.errors import ConfigError, DataError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2, 9)).astype(np.float32)
Y = np.array(["rest", "walk"])[np.arange(40) % 2]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, Y),
        (X.astype(np.float64), Y.tolist()),
        (X.tolist(), list(Y)),
        (torch.tensor(X, requires_grad=True), Y),
        (X, torch.tensor(np.where(Y == "walk", 7, 3))),
    ],
)
def test_arrays_lists_and_tensors_are_the_same(x: Any, y: Any) -> None:
    data, wanted = make_dataset(x, y), make_dataset(X, Y)
    np.testing.assert_array_equal(data.x_test, wanted.x_test)
    np.testing.assert_array_equal(data.y_train, wanted.y_train)
    assert (len(data.x_train), len(data.x_test)) == (30, 10)
    assert data.class_names in (("rest", "walk"), ("3", "7"))
    assert load(data).class_names == data.class_names


def test_a_test_part_names_and_a_rate_can_be_given() -> None:
    data = make_dataset(X, Y, X[:4], Y[:4], channel_names=("a", "b"), rate=50.0, name="mine")
    assert (len(data.x_train), len(data.x_test)) == (40, 4)
    assert (data.name, data.rate, data.channel_names) == ("mine", 50.0, ("a", "b"))
    assert load(data).rate == 50.0


def test_a_group_is_in_one_part() -> None:
    people = np.array([f"p{i // 4}" for i in range(40)])
    numbered = X.copy()
    numbered[:, 0, 0] = np.arange(40) // 4
    data = make_dataset(numbered, Y, groups=people)
    train, test = (set(x[:, 0, 0].tolist()) for x in (data.x_train, data.x_test))
    assert not train & test
    assert data.groups is not None
    assert len(np.unique(data.groups)) == len(train)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"x": X[:, 0]}, "for series of one channel write X[:, None, :]"),
        ({"y": Y[:3]}, "y has shape [3]; wanted one class for each of the 40 cases"),
        ({"groups": [1]}, "groups has shape [1]; wanted one value for each of the 40"),
        ({"x_test": X}, "x_test and y_test belong together"),
        ({"x_test": X[:1], "y_test": ["run"]}, "class 'run' is tested, but not in y"),
        ({"x": X * np.nan}, "NaN, infinite"),
    ],
)
def test_arrays_that_make_no_sense_are_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError) as refusal:
        make_dataset(**{"x": X, "y": Y, **arguments})
    assert reason in str(refusal.value)


def frame() -> Any:
    pandas = pytest.importorskip("pandas")
    rows = 8 * 30
    return pandas.DataFrame(
        {
            "time": pandas.date_range("2024-01-01", periods=rows, freq="20ms"),
            "ax": RNG.normal(size=rows),
            "n": RNG.integers(0, 9, rows),
            "what": np.repeat(["rest", "walk"], rows // 2),
            "person": np.tile(np.repeat(["anna", "ben", "cy", "di"], 30), 2),
        }
    )


OPTIONS: dict[str, int | str] = {"window": "0.2s", "label": "what", "group": "person"}


def check(data: Dataset) -> None:
    assert (data.class_names, data.channel_names) == (("rest", "walk"), ("ax", "n"))
    assert (data.rate, data.input_shape) == (50, (2, 10))
    assert data.groups is not None
    assert len(np.unique(data.groups)) == 3


def test_a_data_frame_is_read_as_a_file() -> None:
    check(recordings_from(frame(), OPTIONS))
    check(recordings_from(frame().set_index("time"), OPTIONS))
    categories = frame().astype({"what": "category", "n": "Int64"})
    categories.loc[3, "n"] = None
    check(recordings_from(categories, OPTIONS))
    check(recordings_from(categories.astype({"n": object}), OPTIONS))
    check(recordings_from(frame().rename(columns={"time": "when"}), OPTIONS))


def test_a_frame_in_a_file_is_the_same(tmp_path: Any) -> None:
    pytest.importorskip("pyarrow")
    whole = frame()
    whole.to_parquet(tmp_path / "all.parquet")
    whole.to_csv(tmp_path / "all.csv")
    wanted = recordings_from(whole, OPTIONS)
    for name in ("all.parquet", "all.csv"):
        data = load(tmp_path / name, OPTIONS)
        check(data)
        np.testing.assert_array_equal(data.x_train, wanted.x_train)


def test_recordings_by_name() -> None:
    held = {f"{label}/{i}": RNG.normal(size=(30, 3)) for label in "ab" for i in range(3)}
    data = recordings_from(held, {"window": 10, "rate": 100})
    assert (data.class_names, data.input_shape, data.rate) == (("a", "b"), (3, 10), 100)
    named = {f"{label}_p{i}": torch.ones(30) * i for label in "ab" for i in range(3)}
    data = recordings_from(named, {"window": 10, "path": "{label}_{person}", "group": "person"})
    assert data.input_shape == (1, 10)
    assert is_recordings(held)
    assert not is_recordings("digits")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (np.ones((3, 30)), "a/1: has 3 rows of 30 channels; transpose it"),
        (np.ones((2, 3, 4)), "a/1: has shape [2, 3, 4]; wanted [rows] or [rows, channels]"),
        ([[1, 2], [3]], "a/1: the recording is no array"),
        (np.array([["x", "y"]] * 9), "a/1: row 1: 'x' in column '1' is no number"),
    ],
)
def test_what_is_no_recording_is_refused(content: Any, reason: str) -> None:
    with pytest.raises(DataError) as refusal:
        recordings_from({"a/1": content, "b/1": np.ones(30)}, {"window": 4})
    assert reason in str(refusal.value)


def test_no_recordings_are_refused_and_names_can_be_numbers() -> None:
    with pytest.raises(DataError, match="holds no recordings"):
        recordings_from({}, {})
    with pytest.raises(DataError, match="1: its name says no class"):
        recordings_from({1: np.ones(9), 2: np.ones(9)}, {"window": 3})


def test_options_are_checked() -> None:
    with pytest.raises(ConfigError, match="did you mean 'window'"):
        recordings_from({"a/1": np.ones(9)}, {"windw": 3})


def test_targets_of_a_regression_are_numbers() -> None:
    x, y = RNG.normal(size=(40, 1, 8)), RNG.normal(size=(40, 2))
    data = make_dataset(x, y, task="regression", target_names=("speed", "load"))
    assert (data.task, data.class_names) == ("regression", ("speed", "load"))
    assert (data.y_train.shape, data.y_test.shape) == ((30, 2), (10, 2))
    given = make_dataset(x, y[:, 0], x[:9], y[:9, 0], task="regression")
    np.testing.assert_array_equal(given.y_test, y[:9, 0].astype(np.float32))
    with pytest.raises(DataError, match="wanted one target for each of the 40 cases"):
        make_dataset(x, y[1:], task="regression")
    with pytest.raises(DataError, match="x_test and y_test belong together"):
        make_dataset(x, y, x[:9], task="regression")
