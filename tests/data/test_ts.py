from pathlib import Path

import numpy as np
import pytest

from tinypareto.data import load
from tinypareto.errors import DataError

HEADER = """\
# A comment
@problemName Waves
@timeStamps false
@univariate false
@classLabel true up down
@data
"""
TRAIN = HEADER + "1,2,3:4,5,6:up\n3,2,1:6,5,4:down\n\n"
TEST = HEADER + "1,1,1:2,2,2:down\n"


def write(folder: Path, train: str = TRAIN, test: str = TEST) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Waves_TRAIN.ts").write_text(train)
    (folder / "Waves_TEST.ts").write_text(test)
    return folder


@pytest.mark.parametrize("of", ["", "Waves_TRAIN.ts", "Waves_TEST.ts"])
def test_either_file_or_the_folder_gives_both(tmp_path: Path, of: str) -> None:
    data = load(write(tmp_path / "waves") / of)
    assert (data.name, data.class_names, data.notes) == ("Waves", ("up", "down"), ())
    np.testing.assert_array_equal(data.x_train[0], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(data.y_train, [0, 1])
    np.testing.assert_array_equal(data.y_test, [1])


def test_lengths_may_differ_and_values_may_be_missing(tmp_path: Path) -> None:
    train = HEADER + "1,?,3:4,5:up\n3:NaN,5,4:down\n"
    data = load(write(tmp_path, train, HEADER + "1,2,3,4:5,6,7,8:up\n"))
    np.testing.assert_array_equal(data.x_train, [[[1, 2, 3], [4, 5, 5]], [[3, 3, 3], [5, 5, 4]]])
    np.testing.assert_array_equal(data.x_test, [[[1, 2, 3], [5, 6, 7]]])
    assert [note.partition(":")[2] for note in data.notes] == [
        " interpolated in time",
        " continued by their last value",
        " cut at their end",
    ]


def test_the_header_of_the_training_file_numbers_the_classes(tmp_path: Path) -> None:
    data = load(write(tmp_path, test=TEST.replace("true up down", "true down up")))
    np.testing.assert_array_equal(data.y_test, [1])


BAD = {
    "word": (TRAIN.replace("3,2,1", "3,two,1"), "line 8: 'two' is no number"),
    "class": (TRAIN.replace(":down", ":left"), "line 8: got class 'left'; wanted one of up, down"),
    "channels": (TRAIN.replace("3,2,1:", ""), "line 8: has 1 channels, wanted 2"),
    "cut": (TRAIN[: TRAIN.index(",5,4")], "line 8: got class '6'"),
    "empty": (HEADER, "has no cases after @data"),
    "stamps": (TRAIN.replace("timeStamps false", "timeStamps true"), "line 3: series with time"),
    "regression": (
        HEADER.replace("@data", "@targetlabel true\n@data"),
        "line 6: it is a regression problem; give --task",
    ),
    "no classes": (TRAIN.replace("@classLabel true up down\n", ""), "line 5: no '@classLabel"),
    "no header": ("1,2,3:up\n", "line 1: got '1,2,3:up' before @data"),
    "infinite": (TRAIN.replace("3,2,1", "3,1e99,1"), "line 8: value 2 of channel 1 is infinite or"),
    "one channel": (HEADER + "1,2:up\n2,1:down\n", "has 2 channels and classes ['up', 'down']"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_with_the_line(tmp_path: Path, case: str) -> None:
    train, message = BAD[case]
    with pytest.raises(DataError) as refusal:
        load(write(tmp_path, train))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_missing_and_misnamed_files_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "waves")
    (folder / "Waves_TEST.ts").unlink()
    with pytest.raises(DataError, match=r"Waves_TEST.ts: no such file; put NAME_TRAIN.ts"):
        load(folder)
    with pytest.raises(DataError, match=r"wanted NAME_TRAIN.ts or NAME_TEST.ts; rename it"):
        load(folder / "waves.ts")
    (folder / "Other_TRAIN.ts").write_text(TRAIN)
    with pytest.raises(DataError, match=r"found Other_TRAIN.ts, Waves_TRAIN.ts; give its path"):
        load(folder)
    (folder / "Waves_TEST.ts").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not UTF-8"):
        load(folder / "Waves_TRAIN.ts")


REAL = HEADER.replace("@classLabel true up down", "@targetLabel true")


def test_targets_of_a_regression_are_numbers(tmp_path: Path) -> None:
    train = REAL + "1,2,3:4,5,6:0.5\n3,2,1:6,5,4:-2e1\n"
    data = load(write(tmp_path, train, REAL + "1,1,1:2,2,2:3\n"), task="regression")
    np.testing.assert_array_equal(data.y_train, [0.5, -20])
    np.testing.assert_array_equal(data.y_test, [3])
    assert (data.task, data.class_names) == ("regression", ("target",))


@pytest.mark.parametrize(
    ("train", "said"),
    [
        (TRAIN, "line 5: its cases have classes; leave --task out"),
        (REAL + "1,2:3,4:half\n", "line 7: 'half' is no number"),
    ],
)
def test_a_regression_without_numbers_is_refused(tmp_path: Path, train: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load(write(tmp_path, train), task="regression")
