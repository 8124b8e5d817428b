from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinypareto.data import load
from tinypareto.errors import DataError

WriteNpz = Callable[..., Path]


def good_arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "X_train": rng.normal(size=(12, 2, 9)).astype(np.float32),
        "y_train": np.arange(12) % 3,
        "X_test": rng.normal(size=(6, 2, 9)).astype(np.float32),
        "y_test": np.arange(6) % 3,
        "class_names": np.array(["rest", "walk", "run"]),
    }


@pytest.fixture
def write_npz(tmp_path: Path) -> WriteNpz:
    """Writes a good file, with the given keys replaced, or left out where None."""

    def write(**changes: Any) -> Path:
        arrays = {k: v for k, v in {**good_arrays(), **changes}.items() if v is not None}
        np.savez(tmp_path / "mine.npz", **arrays)
        return tmp_path / "mine.npz"

    return write


def test_reads_series_as_they_are(write_npz: WriteNpz) -> None:
    data = load(write_npz())
    good = good_arrays()
    np.testing.assert_array_equal(data.x_train, good["X_train"])
    np.testing.assert_array_equal(data.y_test, good["y_test"])
    assert (data.name, data.class_names) == ("mine", ("rest", "walk", "run"))
    assert data.x_test.dtype == np.float32
    assert data.y_train.dtype == np.int64
    assert data.input_shape == (2, 9)


def test_reads_uint8_images_and_numbers_unnamed_classes(write_npz: WriteNpz) -> None:
    images = np.full((12, 3, 4, 5), 200, np.uint8)
    data = load(str(write_npz(X_train=images, X_test=images[:6], class_names=None)))
    assert data.input_shape == (3, 4, 5)
    assert data.x_train.max() == 200.0
    assert data.class_names == ("0", "1", "2")


def test_takes_whole_float_labels(write_npz: WriteNpz) -> None:
    data = load(write_npz(y_train=np.arange(12) % 3 * 1.0))
    assert data.y_train.dtype == np.int64


def with_value(value: float, *index: int) -> Any:
    x = good_arrays()["X_train"].astype(np.float64)
    x[index] = value
    return x


Y = np.arange(12) % 3
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "missing keys": ({"X_test": None, "y_train": None}, "missing y_train, X_test; found X_train"),
    "nan": (
        {"X_train": with_value(np.nan, 3, 1)},
        "X_train has 9 values that are NaN, infinite or beyond float32, the first at index "
        "[3, 1, 0]",
    ),
    "infinity": ({"X_train": with_value(np.inf, 0, 0, 2)}, "first at index [0, 0, 2]"),
    "beyond float32": ({"X_train": with_value(1e300, 0, 1, 2)}, "first at index [0, 1, 2]"),
    "rank 2": ({"X_train": np.zeros((12, 9))}, "write X[:, None, :]"),
    "rank 1": ({"X_test": np.zeros(6)}, "X_test has shape [6]; wanted series"),
    "rank 5": ({"X_test": np.zeros((6, 1, 1, 1, 1))}, "wanted series"),
    "no cases": ({"X_train": np.zeros((0, 2, 9))}, "X_train is empty"),
    "no labels": ({"y_test": np.zeros(0, int)}, "y_test is empty"),
    "text values": ({"X_train": np.full((12, 2, 9), "a")}, "X_train has type <U1"),
    "complex values": ({"X_train": np.zeros((12, 2, 9), complex)}, "has type complex128"),
    "objects": ({"X_train": np.full((12, 2, 9), None)}, "cannot be read as .npz"),
    "two shapes": ({"X_test": np.zeros((6, 2, 8))}, "has shape [2, 9], one of X_test [2, 8]"),
    "short labels": ({"y_train": Y[:11]}, "X_train has 12 cases but y_train has 11 labels"),
    "long test labels": ({"y_test": Y[:7]}, "X_test has 6 cases but y_test has 7 labels"),
    "column labels": ({"y_train": Y[:, None]}, "y_train has shape [12, 1]"),
    "gap": ({"y_train": Y * 2}, "y_train skips class 1 (its labels go up to 4)"),
    "from one": ({"y_train": Y + 1}, "y_train skips class 0"),
    "huge label": ({"y_train": Y + 10**12}, "label 1000000000000 at index 0"),
    "negative": ({"y_train": Y - 1}, "label -1 at index 0"),
    "fraction": ({"y_train": Y + np.float32(0.5)}, "label 0.5 at index 0"),
    "nan label": ({"y_test": np.array([0, 1, np.nan, 0, 1, 2])}, "label nan at index 2"),
    "text labels": ({"y_train": np.array(["a", "b", "c"] * 4)}, "numpy.unique(labels"),
    "one class": ({"y_train": Y * 0}, "single class"),
    "unknown test label": ({"y_test": np.array([0, 1, 2, 3, 0, 1])}, "class 3 at index 3"),
    "names too many": ({"class_names": np.array(list("abcd"))}, "have 3 classes; give 3 names"),
    "names of rank 0": ({"class_names": np.array("abc")}, "class_names has shape []"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arrays_give_one_clear_line(case: str, write_npz: WriteNpz) -> None:
    changes, wanted = BAD[case]
    path = write_npz(**changes)
    with pytest.raises(DataError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert wanted in message
    assert "\n" not in message


@pytest.mark.parametrize("kept", [0, 1, 4, 100, 700])
def test_truncated_file(kept: int, write_npz: WriteNpz) -> None:
    path = write_npz()
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="cannot be read as"):
        load(path)


def test_damaged_bytes_never_escape_as_another_error(write_npz: WriteNpz) -> None:
    path = write_npz()
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(DataError):
            load(path)


def test_a_single_array_is_not_an_npz(tmp_path: Path) -> None:
    with (tmp_path / "x.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="cannot be read as"):
        load(tmp_path / "x.npz")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    for name in ("none.npz", "folder.npz"):
        with pytest.raises(DataError, match="no such file"):
            load(tmp_path / name)


def test_a_dataset_is_checked_and_passed_on(write_npz: WriteNpz) -> None:
    data = load(write_npz())
    again = load(data)
    assert all(np.array_equal(getattr(again, f), getattr(data, f)) for f in vars(data))


def test_groups_come_from_the_named_arrays(write_npz: WriteNpz) -> None:
    people = np.repeat(["b", "a", "c"], 4)
    path = write_npz(subject_train=people, subject_test=np.array(list("dddeee")))
    assert load(path).groups is None
    data = load(path, {"group": "subject"})
    assert data.groups is not None
    assert data.groups.tolist() == np.repeat([1, 0, 2], 4).tolist()


GROUPS: dict[str, tuple[dict[str, Any], str]] = {
    "shared": ({"s_train": np.arange(12), "s_test": np.arange(11, 17)}, "share 1 groups, such as"),
    "short": ({"s_train": np.arange(11), "s_test": np.arange(12, 18)}, "s_train has shape [11]"),
    "missing": ({"s_train": np.arange(12)}, "missing s_test"),
}


@pytest.mark.parametrize("case", GROUPS)
def test_bad_groups_are_refused(case: str, write_npz: WriteNpz) -> None:
    changes, wanted = GROUPS[case]
    with pytest.raises(DataError) as caught:
        load(write_npz(**changes), {"group": "s"})
    assert wanted in str(caught.value)


def test_arrays_that_could_be_groups_are_named(write_npz: WriteNpz) -> None:
    data = load(write_npz(subject_train=np.arange(12), subject_test=np.arange(6)))
    assert data.notes == (
        "subject_train and subject_test are not read; group=subject keeps cases of one value "
        "together",
    )
