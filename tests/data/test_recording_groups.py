"""Recordings of a person stay on one side of every split."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinypareto.data import load
from tinypareto.data.split import selection_folds
from tinypareto.errors import DataError


def write(path: Path, people: list[int], header: str = "v,person,what") -> None:
    """A file of eight steps for each person and class; the values say the person."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{person + step / 100 * (-1) ** step},p{person},{label}"
        for person in people
        for label in "ab"
        for step in range(8)
    ]
    path.write_text("\n".join([header, *lines]) + "\n")


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), min_size=1, max_size=5),
    st.integers(0, 99),
    st.integers(1, 40),
)
def test_no_person_is_in_two_parts(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[int]], seed: int, percent: int
) -> None:
    root = tmp_path_factory.mktemp("rec")
    for number, people in enumerate([[1, 2, 3], *files]):
        write(root / f"{number}.csv", people)
    options: dict[str, int | str] = {
        "group": "person",
        "label": "what",
        "window": 4,
        "seed": seed,
        "test": percent,
    }
    data = load(root, options)
    assert data.channel_names == ("v",)
    train, test = (np.round(x[:, 0].mean(axis=1)) for x in (data.x_train, data.x_test))
    assert not set(train) & set(test)
    for fold in selection_folds(data, "validation", seed).folds:
        assert not set(train[fold.train_index]) & set(train[fold.eval_index])


def paths(root: Path) -> Path:
    for label in ("rest", "walk"):
        for person in ("anna", "ben", "cy", "di"):
            for number in range(2):
                values = np.random.default_rng(number).normal(ord(person[0]), 0.1, 8)
                (root / f"{label}_{person}_{number}.csv").write_text("\n".join(map(str, values)))
    return root


def test_the_name_of_a_file_can_say_the_person_and_the_class(tmp_path: Path) -> None:
    options: dict[str, int | str] = {"path": "{label}_{person}_{n}", "group": "person", "window": 4}
    data = load(paths(tmp_path), options)
    assert data.class_names == ("rest", "walk")
    people = [set(np.round(x[:, 0].mean(axis=1))) for x in (data.x_train, data.x_test)]
    assert sorted(map(len, people)) == [1, 3]
    assert not people[0] & people[1]
    assert not any("whose recordings" in note for note in data.notes)


def test_a_path_of_another_form_is_refused(tmp_path: Path) -> None:
    (paths(tmp_path) / "walk_up_anna_1.csv").write_text("1\n2\n")
    options: dict[str, int | str] = {"path": "{label}_{person}_{n}", "window": 4}
    with pytest.raises(DataError, match="'walk_up_anna_1' does not have the form"):
        load(tmp_path, options)
    for pattern in ("walk", "{a}_{a}"):
        with pytest.raises(DataError, match="wanted different names in braces"):
            load(tmp_path, {**options, "path": pattern})


def test_folders_that_share_a_person_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "train" / "0.csv", [1, 2])
    write(tmp_path / "test" / "0.csv", [2, 3])
    options: dict[str, int | str] = {"group": "person", "label": "what", "window": 4}
    with pytest.raises(DataError, match="group 'p2' is in the parts test and train"):
        load(tmp_path, options)


def test_an_empty_or_unknown_group_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "0.csv", [1, 2])
    text = (tmp_path / "0.csv").read_text()
    (tmp_path / "0.csv").write_text(text.replace("p1", "", 1))
    options: dict[str, int | str] = {"group": "person", "label": "what", "window": 4}
    with pytest.raises(DataError, match="line 2: column 'person' is empty"):
        load(tmp_path, options)
    with pytest.raises(DataError, match="unknown column 'persn'; did you mean 'person'"):
        load(tmp_path, {**options, "group": "persn"})
