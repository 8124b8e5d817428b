from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tinypareto.data import SOURCES, Dataset, find, is_path, load, short_name
from tinypareto.data.source import Option, Source
from tinypareto.errors import ConfigError, DataError
from tinypareto.resources import Limits


@pytest.mark.parametrize(
    ("source", "path", "name"),
    [
        ("digits", False, "digits"),
        ("uea:ERing", False, "ERing"),
        ("a/b.npz", True, "b"),
        ("My Data.NPZ", True, "My Data"),
        ("x/Waves_TRAIN.ts", True, "Waves"),
        ("./recordings", True, "recordings"),
        (".", True, ""),
    ],
)
def test_paths_and_names_are_told_apart_by_their_text(source: str, path: bool, name: str) -> None:
    assert is_path(source) == path
    assert short_name(source) == name


def test_unknown_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"did you mean 'digits'\?.*such as \./digts"):
        find("digts")
    with pytest.raises(DataError, match="no such file or folder"):
        find(tmp_path / "none")
    (tmp_path / "a.txt").touch()
    with pytest.raises(DataError, match="is no data that is known here"):
        find(tmp_path / "a.txt")
    for name in ("digits:one", "digits:"):
        with pytest.raises(DataError, match=r"write digits$"):
            find(name)


def test_options_are_completed_and_checked() -> None:
    options = {"window": Option(128, "", 1, 999), "label": Option("", "")}
    source = Source("made", lambda request: load("digits"), options=options)
    assert source.complete("x", {"label": 3}) == {"window": 128, "label": "3"}
    for bad in ("wide", 0, 1000):
        with pytest.raises(ConfigError, match=r"data x: window: got .* in \[1, 999\]"):
            source.complete("x", {"window": bad})
    with pytest.raises(ConfigError, match="data x: unknown option 'windw'; did you mean 'window'"):
        source.complete("x", {"windw": 3})
    with pytest.raises(ConfigError, match="data digits: unknown option 'window'; known: none"):
        load("digits", {"window": 3})


def test_a_data_set_in_memory_keeps_its_notes_and_groups() -> None:
    x, y = np.zeros((4, 1, 3), np.float32), np.array([0, 1, 0, 1])
    groups = np.array([0, 0, 1, 1])
    data = Dataset("mine", x, y, x, y, ("a", "b"), Limits(), ("cut",), groups)
    assert load(data).notes == ("cut",)
    assert load(data).groups is groups
    with pytest.raises(DataError, match=r"groups has shape \[3\]; wanted one number for each"):
        load(replace(data, groups=groups[:3]))


def test_every_source_says_what_it_is() -> None:
    for source in SOURCES.values():
        assert source.summary
        assert "\n" not in source.summary
