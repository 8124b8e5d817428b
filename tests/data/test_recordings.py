from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.data import load
from tinypareto.data.recording_split import split
from tinypareto.data.recordings import OPTIONS
from tinypareto.data.recordings import load as load_recordings
from tinypareto.errors import ConfigError, DataError

SETTINGS: dict[str, int | str] = {"columns": "ax,ay", "window": 4}


def rows(count: int, start: int = 0) -> str:
    """Two channels: a ramp and its square."""
    values = range(start, start + count)
    return "ax,ay\n" + "".join(f"{v},{v * v}\n" for v in values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three recordings of ten steps for each of two classes; the ramp starts say which."""
    for label, start in (("rest", 0), ("walk", 1000)):
        (tmp_path / "rec" / label).mkdir(parents=True)
        for number in range(3):
            text = rows(10, start + 100 * number)
            (tmp_path / "rec" / label / f"{number}.csv").write_text(text)
    return tmp_path / "rec"


def test_folders_name_the_classes_and_windows_overlap_by_half(folder: Path) -> None:
    data = load(folder, SETTINGS)
    assert (data.name, data.class_names, data.input_shape) == ("rec", ("rest", "walk"), (2, 4))
    assert (len(data.x_train), len(data.x_test)) == (2 * 2 * 4, 2 * 4)
    np.testing.assert_array_equal(data.x_test[0, 0] % 100, [0, 1, 2, 3])
    np.testing.assert_array_equal(data.x_test[1, 0] % 100, [2, 3, 4, 5])
    np.testing.assert_array_equal(data.x_test[:, 1], data.x_test[:, 0] ** 2)
    np.testing.assert_array_equal(data.y_test, data.x_test[:, 0, 0] >= 1000)
    assert data.groups is not None
    assert data.groups.tolist() == np.repeat(range(4), 4).tolist()
    assert data.notes[0] == "16 windows of 4 recordings to train, 8 of 2 to test"
    assert data.notes[1].startswith("nothing says whose recordings they are")


@pytest.mark.parametrize("seed", range(4))
def test_no_recording_is_on_both_sides(folder: Path, seed: int) -> None:
    data = load(folder, {**SETTINGS, "seed": seed})
    train, test = (set((x[:, 0, 0] // 100).tolist()) for x in (data.x_train, data.x_test))
    assert not train & test
    assert len(train | test) == 6
    np.testing.assert_array_equal(load(folder, {**SETTINGS, "seed": seed}).x_test, data.x_test)


def test_the_seed_changes_the_split(folder: Path) -> None:
    assert len({load(folder, {**SETTINGS, "seed": s}).x_test.tobytes() for s in range(8)}) > 1


def test_folders_train_and_test_are_an_official_split(folder: Path) -> None:
    for part in ("train", "test"):
        (folder / part).mkdir()
        for label in ("rest", "walk"):
            (folder / part / label).mkdir()
            for number in (0,) if part == "test" else (1, 2):
                name = f"{label}/{number}.csv"
                (folder / name).rename(folder / part / name)
    data = load(folder, {"columns": "ax,ay", "window": 10})
    assert data.x_test[:, 0, 0].tolist() == [0, 1000]
    assert data.class_names == ("rest", "walk")


def test_a_column_can_hold_the_class_and_windows_lie_within_one(tmp_path: Path) -> None:
    labels = ["up"] * 6 + ["down"] * 5 + ["up"] * 2
    for number in range(4):
        lines = [f"{i};{100 * number + i};{label}" for i, label in enumerate(labels)]
        (tmp_path / f"{number}.csv").write_text("t;v;what\n" + "\n".join(lines) + "\n")
    data = load(tmp_path, {"window": 3, "hop": 1, "label": "what", "columns": "v"})
    assert data.class_names == ("down", "up")
    assert data.input_shape == (1, 3)
    steps = data.x_train[:, 0].astype(int) % 100
    assert sorted({tuple(window) for window in steps[data.y_train == 0].tolist()}) == [
        (6, 7, 8), (7, 8, 9), (8, 9, 10)
    ]  # fmt: skip
    assert steps[data.y_train == 1].max() == 5
    assert data.notes[1] == "4 stretches of one class are shorter than the window: left out"


def test_missing_values_are_interpolated_and_files_need_no_header(folder: Path) -> None:
    for path in folder.rglob("*.csv"):
        path.write_text("1,5\n,5\n3,?\n4,nan\n")
    data = load(folder, {"columns": "1,2", "window": 4})
    np.testing.assert_array_equal(data.x_train[0], [[1, 2, 3, 4], [5, 5, 5, 5]])
    assert data.notes[1] == "18 values are missing: interpolated in time"


def change(name: str, content: str | bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        for path in folder.glob(name):
            path.write_bytes(data)

    return write


def only_one(folder: Path) -> None:
    for number in (1, 2):
        (folder / "walk" / f"{number}.csv").unlink()


def nothing(folder: Path) -> None:
    pass


BAD: dict[str, tuple[Callable[[Path], None], dict[str, int | str], str]] = {
    "long window": (nothing, {"window": 11}, "0.csv: its longest stretch of one class has 10"),
    "word": (change("rest/1.csv", rows(5) + "1,x\n"), {}, "line 7: 'x' in column 'ay' is no num"),
    "ragged": (change("rest/1.csv", rows(5) + "1\n"), {}, "line 7 has 1 values, line 1 has 2"),
    "columns": (
        change("walk/1.csv", "ax,az\n1,2\n"),
        {"columns": ""},
        "1.csv: has columns ax, az",
    ),
    "unknown": (nothing, {"columns": "ax,aw"}, "unknown column 'aw'; known: ax, ay"),
    "no label": (nothing, {"label": "what"}, "unknown column 'what'"),
    "empty": (change("walk/1.csv", "\n"), {}, "1.csv: is empty"),
    "header only": (change("walk/1.csv", "ax,ay\n"), {}, "1.csv: has no rows after its first line"),
    "alone": (only_one, {}, "class 'walk' has 1 recording, all in the training part"),
    "all missing": (change("*/*.csv", "ax,ay\n" + "1,\n" * 9), {}, "channel 1 has no known value"),
    "binary": (change("walk/1.csv", b"\xff\xfe\x00"), {}, "is no CSV text"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_recordings_are_refused_in_one_line(folder: Path, case: str) -> None:
    spoil, options, message = BAD[case]
    spoil(folder)
    with pytest.raises(DataError) as refusal:
        load(folder, {**SETTINGS, **options})
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_other_places_and_options_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a single recording; give the folder"):
        load(folder / "walk" / "1.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="has no files of recordings in it"):
        load(tmp_path / "empty")
    with pytest.raises(ConfigError, match="did you mean 'window'"):
        load(folder, {"windw": 4})
    with pytest.raises(ConfigError, match=r"window: got 0; wanted a whole number in \[1,"):
        load(folder, {"window": 0})


def test_the_defaults_are_those_of_the_table(folder: Path) -> None:
    with pytest.raises(DataError, match="the window 128"):
        load_recordings(
            folder, {**{k: option.default for k, option in OPTIONS.items()}, "columns": "ax"}
        )


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=20),
    st.integers(1, 99),
    st.integers(0, 9),
)
def test_each_group_of_recordings_is_split(
    labels: list[list[str]], percent: int, seed: int
) -> None:
    held = split(labels, percent, seed)
    assert held == split(labels, percent, seed)
    groups: dict[frozenset[str], list[int]] = {}
    for index, classes in enumerate(labels):
        groups.setdefault(frozenset(classes), []).append(index)
    for members in groups.values():
        if len(members) > 1:
            out = len(held & set(members))
            assert 1 <= out < len(members)
            assert abs(out - len(members) * percent / 100) <= 1
