from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tinypareto.data import daliac, find, load
from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError

WINDOW = 8
SMALL = {"window": WINDOW, "hop": 4}


def recording(subject: int, rows: int = 20) -> str:
    """Nothing, then every activity; channel c of subject s at row t is s + c / 100, or t."""
    lines = []
    for activity in [0, *range(1, 14)]:
        for t in range(rows):
            values = [f"{subject + channel / 100:g}" for channel in range(23)]
            lines.append(",".join([*values, str(t), str(activity)]))
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(1, 20):
        (tmp_path / f"dataset_{number}.txt").write_text(recording(number))
    return tmp_path


def test_subjects_are_cut_into_windows_of_one_activity(folder: Path) -> None:
    data = load(folder, SMALL)
    assert data.input_shape == (24, WINDOW)
    assert len(data.class_names) == 13
    # Rows 0 to 7, 4 to 11, 8 to 15 and 12 to 19 of each activity, none of activity 0.
    assert len(data.x_train) == 14 * 13 * 4
    assert len(data.x_test) == 5 * 13 * 4
    assert set(data.x_train[:, 23, 0].tolist()) == {0, 4, 8, 12}
    assert np.bincount(data.y_test).tolist() == [20] * 13


def test_a_subject_is_in_one_part_and_one_group(folder: Path) -> None:
    data = load(folder, SMALL)
    train, test = (set(x[:, 0, 0].tolist()) for x in (data.x_train, data.x_test))
    assert not train & test
    assert len(train | test) == 19
    told = ", ".join(str(int(subject)) for subject in sorted(test))
    assert data.notes == (f"subjects {told} are the test part",)
    assert data.groups is not None
    pairs = set(zip(data.groups.tolist(), data.x_train[:, 0, 0].tolist(), strict=True))
    assert len(pairs) == 14
    other: Dataset = load(folder, {**SMALL, "seed": 1, "test": 10})
    assert len(set(other.x_test[:, 0, 0].tolist())) == 2


def test_the_folder_and_its_first_file_are_recognised(folder: Path) -> None:
    assert find(folder) is find(folder / "dataset_1.txt") is daliac.SOURCE
    assert find(folder).complete("x", {})["window"] == 1024


def test_gaps_are_filled(folder: Path) -> None:
    text = recording(1).replace("1.05", "nan", 1)
    (folder / "dataset_1.txt").write_text(text)
    assert np.isfinite(load(folder, SMALL).x_train).all()


Spoil = Callable[[Path], object]
BAD: dict[str, tuple[Spoil, str]] = {
    "missing": (Path.unlink, r"has no dataset_3.txt; wanted all 19 of DaLiAc"),
    "empty": (lambda p: p.write_text(""), r"dataset_3.txt: has 0 rows of"),
    "columns": (lambda p: p.write_text("1,2,3\n"), r"has 1 rows of 3 columns, wanted 25"),
    "uneven": (lambda p: p.write_text(recording(3) + "1,2\n"), r"dataset_3.txt: cannot be read"),
    "words": (lambda p: p.write_text("a,b\n"), r"dataset_3.txt: cannot be read"),
    "binary": (lambda p: p.write_bytes(b"\xff\xfe\x00"), r"dataset_3.txt: cannot be read"),
    "infinite": (
        lambda p: p.write_text(recording(3).replace("3.05", "inf", 1)),
        r"dataset_3.txt: line 1: a value is infinite",
    ),
    "activity": (
        lambda p: p.write_text(recording(3).replace(",19,13\n", ",19,14\n")),
        r"dataset_3.txt: line 280: activity 14, wanted 0 to 13",
    ),
    "short": (
        lambda p: p.write_text(recording(3, WINDOW - 1)),
        r"longest stretch of one activity has 7 rows, the window 8; choose a shorter",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_give_one_line(case: str, folder: Path) -> None:
    spoil, message = BAD[case]
    spoil(folder / "dataset_3.txt")
    with pytest.raises(DataError, match=message) as caught:
        load(folder, SMALL)
    assert "\n" not in str(caught.value)
