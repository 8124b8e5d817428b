"""Layouts of folders and files, read as their owner meant them."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.data import load
from tinypareto.data.csv_format import FEWEST_ROWS
from tinypareto.data.csv_table import BLOCK, read_table
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.data.times import is_time_name
from tinypareto.errors import DataError


def noise(seed: int, count: int = 12, header: str = "ax,ay\n") -> str:
    values = np.random.default_rng(seed).normal(size=(count, 2)).round(3)
    return header + "".join(f"{a},{b}\n" for a, b in values)


def folder(root: Path, names: Mapping[str, str] | list[str]) -> Path:
    texts = names if isinstance(names, Mapping) else {n: noise(i) for i, n in enumerate(names)}
    for name, text in texts.items():
        (root / "rec" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "rec" / name).write_text(text, encoding="utf-8")
    return root / "rec"


def read(root: Path, names: Mapping[str, str] | list[str], **options: int | str) -> Dataset:
    return load(folder(root, names), {"window": 4, **options})


def classes_of_three(ending: str = ".csv") -> list[str]:
    return [f"{label}/{n}{ending}" for label in ("rest", "walk") for n in range(3)]


def with_column(name: str, cells: list[list[str]]) -> dict[str, str]:
    texts = {}
    for number, (file, column) in enumerate(zip(classes_of_three(), cells, strict=True)):
        lines = noise(number).splitlines()
        texts[file] = "\n".join(
            f"{cell},{line}" for cell, line in zip([name, *column], lines, strict=True)
        )
    return texts


CLOCKS: dict[str, tuple[str, list[list[str]]]] = {
    "timestamps": ("x", [[str(1.7e9 + n * 1000 + i / 64) for i in range(12)] for n in range(6)]),
    "restarts": ("Time [s]", [[str(i % 3) for i in range(12)]] * 6),
    "dates": ("Date", [[f"2024-01-01 12:00:{i}" for i in range(12)]] * 6),
    "row numbers": ("", [[str(i) for i in range(12)]] * 6),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_a_column_that_tells_the_time_is_no_channel(case: str, tmp_path: Path) -> None:
    name, cells = CLOCKS[case]
    data = read(tmp_path, with_column(name, cells))
    assert data.channel_names == ("ax", "ay")
    [note] = [note for note in data.notes if "tell the time" in note]
    assert repr(name) in note


def test_a_named_column_is_read_even_if_it_tells_the_time(tmp_path: Path) -> None:
    name, cells = CLOCKS["restarts"]
    data = read(tmp_path, with_column(name, cells), columns=f"ax, {name}")
    assert data.channel_names == ("ax", name)


@pytest.mark.parametrize("name", ["t", "timestamp_ms", "Unnamed: 0", "elapsedTime", "DATE"])
def test_names_of_time(name: str) -> None:
    assert is_time_name(name)


@pytest.mark.parametrize("name", ["ax", "temperature", "tilt", "1", "accel_time_x", "step count"])
def test_names_of_channels(name: str) -> None:
    assert not is_time_name(name)


def labelled(root: Path, **options: int | str) -> Dataset:
    cells = [["walk"] * 4 + [""] * 3 + ["rest"] * 4 + ["?"]] * 6
    return read(root, with_column("what", cells), label="what", **options)


def test_rows_without_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    data = labelled(tmp_path)
    assert data.class_names == ("rest", "walk")
    assert any(note.startswith("24 rows have no class: left out") for note in data.notes)


def test_rows_without_a_label_can_be_a_class(tmp_path: Path) -> None:
    data = labelled(tmp_path, unlabelled="other", window=3)
    assert data.class_names == ("other", "rest", "walk")
    assert not any("no class" in note for note in data.notes)


def test_two_columns_of_one_name_are_refused_unless_others_are_read(tmp_path: Path) -> None:
    texts = {name: noise(i, header="ax,ax\n") for i, name in enumerate(classes_of_three())}
    with pytest.raises(DataError, match=r"0\.csv: columns 1 and 2 are all named 'ax'"):
        read(tmp_path, texts)
    wider = {name: text.replace("ax,ax", "ax,ax,b").replace("\n", ",1.5\n") for name, text in
             texts.items()}  # fmt: skip
    wider = {name: text.replace("b,1.5", "b", 1) for name, text in wider.items()}
    assert read(tmp_path, wider, columns="b").channel_names == ("b",)


def table(root: Path, text: str, decimal: str = "") -> list[list[float]]:
    (root / "a.csv").write_text(text)
    found = read_table(root / "a.csv", decimal)
    return [[*map(float, row)] for row in found.numbers(found.columns).T]


def test_decimal_commas_in_one_channel_are_not_two_channels(tmp_path: Path) -> None:
    text = "0,12\n-0,05\n1,5\n"
    with pytest.raises(DataError, match="can be two channels or one with a decimal comma"):
        table(tmp_path, text)
    np.testing.assert_allclose(table(tmp_path, text, ","), [[0.12], [-0.05], [1.5]])
    assert table(tmp_path, text, ".")[0] == [0, 12]
    assert table(tmp_path, "ax\n0,25\n", ",") == [[0.25]]
    with pytest.raises(DataError, match="give decimal=, if"):
        table(tmp_path, "ax\n0,25\n")


@pytest.mark.parametrize("text", ["1,5\n2,3\n" * 50, "12,50\n13,75\n", "1,5\n0,05\n" * 99])
def test_two_columns_of_digits_that_can_be_one_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line \d: '.*' can be two channels or one"):
        table(tmp_path, text)
    assert len(table(tmp_path, "a,b\n" + text)[0]) == 2


def test_two_channels_of_whole_numbers_are_recognized(tmp_path: Path) -> None:
    counts = np.random.default_rng(0).integers(0, 4096, (FEWEST_ROWS, 2))
    assert table(tmp_path, "\n".join(f"{a},{b}" for a, b in counts)) == counts.tolist()


@given(
    st.lists(
        st.tuples(*[st.floats(-1e6, 1e6, allow_nan=False, width=32)] * 3), min_size=1, max_size=5
    ),
    st.sampled_from([";", "\t"]),
    st.booleans(),
    st.booleans(),
)
def test_numbers_come_back_whatever_the_marks(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[float, ...]],
    delimiter: str,
    comma: bool,
    header: bool,
) -> None:
    lines = [delimiter.join(f"{v:.6f}" for v in row) for row in rows]
    text = "\n".join(lines).replace(".", "," if comma else ".")
    text = (delimiter.join("abc") + "\n" if header else "") + text
    read = table(tmp_path_factory.mktemp("csv"), text)
    np.testing.assert_allclose(read, rows, atol=1e-6)


@pytest.mark.parametrize("names", [("Train", "TEST"), ("training", "Testing")])
def test_parts_are_found_in_any_case(names: tuple[str, str], tmp_path: Path) -> None:
    files = [f"{names[0]}/{label}/{n}.csv" for label in "ab" for n in range(2)]
    data = read(tmp_path, [*files, *(f"{names[1]}/{label}/9.csv" for label in "ab"), "all.csv"])
    assert (len(data.x_train), len(data.x_test)) == (4 * 5, 2 * 5)
    assert data.notes[1].startswith("1 files lie beside the folders train and test")


def test_a_validation_folder_steers_the_search(tmp_path: Path) -> None:
    names = [f"{part}/{label}/0.csv" for part in ("train", "Val", "test") for label in "ab"]
    data = read(tmp_path, names)
    chosen = selection_folds(data, "validation", 0)
    assert chosen.kind == "holdout"
    [fold] = chosen.folds
    assert (len(fold.train_index), len(fold.eval_index)) == (10, 10)
    assert set(data.groups[fold.train_index]) & set(data.groups[fold.eval_index]) == set()  # type: ignore[index]


def test_a_class_that_is_only_validated_is_refused(tmp_path: Path) -> None:
    names = [f"{part}/{label}/0.csv" for part in ("train", "test", "val") for label in "abc"]
    names.remove("train/c/0.csv")
    with pytest.raises(DataError, match="class 'c' has cases in the validation part, but none"):
        selection_folds(read(tmp_path, names), "validation", 0)


def test_endings_in_capitals_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    hidden = [".ipynb_checkpoints/0.csv", "walk/.ipynb_checkpoints/1.csv", "__MACOSX/walk/2.csv"]
    texts = {name: noise(i) for i, name in enumerate([*classes_of_three(".CSV"), *hidden])}
    data = read(tmp_path, {**texts, "walk/._0.csv": "\0\5", "walk/.DS_Store": "\0"})
    assert data.class_names == ("rest", "walk")
    assert data.notes[0].endswith("of 4 recordings to train, 10 of 2 to test")


def test_the_class_can_be_in_the_name_of_the_file(tmp_path: Path) -> None:
    data = read(tmp_path, [f"{label}_0{n}.csv" for label in ("rest", "walk") for n in range(3)])
    assert data.class_names == ("rest", "walk")
    assert any("names of the files without a number: rest, walk" in note for note in data.notes)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([*classes_of_three(), "readme.csv"], "readme.csv: lies beside the folders of the classes"),
        (["01.csv", "02.csv"], "01.csv: its name says no class; put it in a folder"),
    ],
)
def test_a_file_without_a_class_is_refused(names: list[str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        read(tmp_path, names)
    assert reason in str(refusal.value)


def test_files_may_have_other_columns_than_those_wanted(tmp_path: Path) -> None:
    texts = {name: noise(i) for i, name in enumerate(classes_of_three())}
    texts["walk/1.csv"] = "ay,word,ax\n" + "1.5,x,2\n" * 6
    data = read(tmp_path, texts, columns="ax,ay")
    x = np.concatenate([data.x_train, data.x_test])
    assert (x[:, :, 0] == [2, 1.5]).all(axis=1).any()


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e300"])
def test_a_value_beyond_float32_is_named_by_its_line(cell: str, tmp_path: Path) -> None:
    texts = {name: noise(i) for i, name in enumerate(classes_of_three())}
    texts["walk/1.csv"] = f"ax,ay\n1,2\n1,{cell}\n" + "1,3\n" * 9
    with pytest.raises(DataError) as refusal:
        read(tmp_path, texts)
    assert f"walk/1.csv: line 3: '{cell}' in column 'ay' is infinite" in str(refusal.value)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    root = folder(tmp_path, classes_of_three())
    os.mkfifo(root / "walk" / "pipe.csv")
    with pytest.raises(DataError, match=r"pipe\.csv: is no regular file"):
        load(root, {"window": 4})


@pytest.mark.parametrize("text", ["what\na\nb\n", "what,date\na,2024-01-01\nb,2024-01-02\n"])
def test_a_file_without_a_channel_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no channel beside the time"):
        read(tmp_path, {"0.csv": text}, label="what")


def test_a_class_can_be_a_channel_too_if_it_is_named(tmp_path: Path) -> None:
    cells = [["1"] * 6 + ["2"] * 6] * 6
    data = read(tmp_path, with_column("what", cells), label="what", columns="what,ax")
    assert data.class_names == ("1", "2")
    np.testing.assert_array_equal(data.x_train[:, 0, 0], data.y_train + 1)


def test_points_and_commas_are_not_both_decimal_marks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="numbers have points and commas"):
        table(tmp_path, "a;b\n1,5;2\n2.5;3\n")


def test_blocks_of_rows_are_joined(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(2 * BLOCK + 3, 2)).round(4)
    text = "\n".join(f"{a},{b}" for a, b in values)
    np.testing.assert_array_equal(table(tmp_path, text), values.astype(np.float32))
    lines = [f"{a},{b}" for a, b in values]
    lines[BLOCK + 1] = "1,x"
    with pytest.raises(DataError, match=f"line {BLOCK + 2}: 'x'"):
        table(tmp_path, "\n".join(lines))


@pytest.mark.parametrize(("part", "missing"), [("train", "test"), ("test", "train")])
def test_a_validation_folder_needs_both_others(part: str, missing: str, tmp_path: Path) -> None:
    names = [f"{name}/{label}/0.csv" for name in (part, "val") for label in "ab"]
    with pytest.raises(DataError, match=f"but none for {missing}"):
        read(tmp_path, names)
