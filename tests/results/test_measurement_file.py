import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.errors import ResultFolderError
from tinypareto.results import measurement_file
from tinypareto.results.folder import write_trial

FILES = {"model.safetensors": b"weights", "c/model.h": b"int x;"}


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    (tmp_path / "trials").mkdir()
    write_trial(tmp_path, 7, measurement_file.with_manifest({"accuracy": 0.5}, FILES))
    return tmp_path / "trials/0007"


def test_what_is_written_passes_and_keeps_its_record(trial: Path) -> None:
    measurement_file.check(trial)
    record = json.loads((trial / measurement_file.FILE).read_text())
    assert (record["format"], record["accuracy"]) == (measurement_file.FORMAT, 0.5)
    assert set(record["sha256"]) == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_or_missing_file_is_named(name: str, trial: Path) -> None:
    (trial / name).write_bytes(b"weighty")
    with pytest.raises(ResultFolderError, match=rf"{name}: was changed"):
        measurement_file.check(trial)
    (trial / name).unlink()
    with pytest.raises(ResultFolderError, match=rf"{name}: no such file"):
        measurement_file.check(trial)


def test_the_first_format_has_no_checksums(trial: Path) -> None:
    (trial / measurement_file.FILE).write_text('{"format": 1}')
    (trial / "model.safetensors").unlink()
    measurement_file.check(trial)


@pytest.mark.parametrize("edit", [lambda r: r.pop("sha256"), lambda r: r["sha256"].clear()])
def test_removed_checksums_are_a_failed_check(
    edit: Callable[[dict[str, Any]], object], trial: Path
) -> None:
    record = json.loads((trial / measurement_file.FILE).read_text())
    edit(record)
    (trial / measurement_file.FILE).write_text(json.dumps(record))
    with pytest.raises(ResultFolderError, match="has no SHA-256 of the trial's files"):
        measurement_file.check(trial)
    assert measurement_file.changed(trial)


def test_a_file_that_must_be_listed_is_missed(trial: Path) -> None:
    record = json.loads((trial / measurement_file.FILE).read_text())
    del record["sha256"]["model.safetensors"]
    (trial / measurement_file.FILE).write_text(json.dumps(record))
    with pytest.raises(ResultFolderError, match=r"has no SHA-256 of model\.safetensors"):
        measurement_file.check(trial, "model.safetensors")


def test_changed_files_are_described_and_missing_ones_are_not(trial: Path) -> None:
    assert measurement_file.changed(trial) == []
    (trial / "c/model.h").unlink()
    assert measurement_file.changed(trial) == []
    (trial / "model.safetensors").write_bytes(b"weighty")
    (line,) = measurement_file.changed(trial)
    assert "model.safetensors: was changed" in line


def test_a_newer_format_is_refused(trial: Path) -> None:
    (trial / measurement_file.FILE).write_text('{"format": 3}')
    with pytest.raises(ResultFolderError, match="has format 3, this version reads 1 and 2"):
        measurement_file.check(trial)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "c/../../x", "c\\x", "C:x", "", "a\nb"])
def test_no_file_outside_the_folder_is_read(name: str) -> None:
    text = json.dumps({"format": 2, "sha256": {name: "0"}}).encode()
    with pytest.raises(ResultFolderError, match="names the file"):
        measurement_file.sums_of(text, "here")


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    keys = st.sampled_from(["format", "sha256", "c/x", ".."]) | st.text()
    return st.recursive(leaves, lambda v: st.lists(v) | st.dictionaries(keys, v), max_leaves=8)


@given(json_values())
def test_any_json_gives_our_error_or_checksums(value: Any) -> None:
    check_text(json.dumps(value).encode())


@given(st.binary())
def test_any_bytes_give_our_error_or_checksums(text: bytes) -> None:
    check_text(text)


def test_deep_json_is_refused() -> None:
    with pytest.raises(ResultFolderError, match="is not a measurement"):
        measurement_file.sums_of(b"[" * 100_000, "here")


def check_text(text: bytes) -> None:
    with suppress(ResultFolderError):
        sums = measurement_file.sums_of(text, "here")
        assert all(isinstance(value, str) for value in sums.values())
