import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.errors import ConfigError, ResultFolderError, StorageError
from tinypareto.results import measurement_file
from tinypareto.study import artifacts

FILES = measurement_file.with_manifest(
    {}, {"model.safetensors": b"weights", "c/model.h": b"int x;"}
)


@pytest.fixture(params=["folder", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[artifacts.Store]:
    if request.param == "folder":
        yield artifacts.open_store(str(tmp_path))
        return
    if find_spec("moto") is None:
        pytest.skip("no S3 in memory here: pip install 'moto[s3]'")
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(), warnings.catch_warnings():
        # botocore and moto deprecate each other's ways.
        warnings.simplefilter("ignore", DeprecationWarning)
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield artifacts.open_store("s3://bucket")


def test_files_come_back_as_they_were(store: artifacts.Store) -> None:
    trial = optuna.create_study().ask()
    stored = artifacts.upload(store, trial, FILES)
    assert artifacts.download(store, 0, stored) == FILES
    with pytest.raises(ResultFolderError, match="artifact of trial 0: its SHA-256 is not 12"):
        artifacts.download(store, 0, {**stored, "sha256": "12"})
    with pytest.raises(ResultFolderError, match="is missing"):
        artifacts.download(store, 0, {**stored, "id": "none"})
    with pytest.raises(ResultFolderError, match="is missing"):
        artifacts.download(store, 0, None)


def test_no_path_leaves_the_store(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "store").mkdir()
    store = artifacts.open_store(str(tmp_path / "store"))
    with pytest.raises(ResultFolderError, match="is missing"):
        artifacts.download(store, 0, {"id": "../secret", "sha256": ""})


def test_a_missing_folder_is_made_only_by_the_search(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder on this machine"):
        artifacts.open_store(str(tmp_path / "a"))
    artifacts.open_store(str(tmp_path / "a"), make=True)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    store = artifacts.open_store(str(tmp_path / "a"), make=True)
    (tmp_path / "a").rmdir()
    with pytest.raises(StorageError, match="trial 0: its files cannot be stored"):
        artifacts.upload(store, optuna.create_study().ask(), FILES)


def test_only_what_the_measurement_names_is_unpacked() -> None:
    buffer = io.BytesIO(artifacts.pack(FILES))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("../evil", b"x")
    assert artifacts.unpack(buffer.getvalue(), "here") == FILES


@given(st.binary(), st.integers(0, 400))
def test_a_damaged_archive_gives_our_error(junk: bytes, at: int) -> None:
    packed = artifacts.pack(FILES)
    damaged = packed[:at] + junk + packed[at + len(junk) :]
    with suppress(ResultFolderError):
        assert artifacts.unpack(damaged, "here") == FILES
