from pathlib import Path

import pytest
from filelock import FileLock

from tinypareto.config import RunConfig, resolve
from tinypareto.config.sources import from_arguments
from tinypareto.errors import ResultFolderError
from tinypareto.results.folder import LOCK, claimed, write_trial


def config_of(out: Path) -> RunConfig:
    return resolve(from_arguments({"dataset": "digits", "out": str(out)}))


def test_two_searches_do_not_share_a_folder(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    with claimed(config, resume=False):
        pass
    with (
        FileLock(config.out / LOCK),
        pytest.raises(ResultFolderError, match="another search is at work"),
        claimed(config, resume=True),
    ):
        pass


def test_what_a_killed_search_left_is_removed(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    for name in (LOCK, ".config.toml.abc"):
        (tmp_path / name).touch()
    with claimed(config, resume=False):
        pass
    (tmp_path / "trials/.0003.part").mkdir(parents=True)
    (tmp_path / ".front.json.xyz").touch()
    with claimed(config, resume=True):
        left = sorted(path.name for path in tmp_path.rglob("*"))
    assert left == [LOCK, "config.toml", "trials"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    with claimed(config, resume=False):
        pass
    (tmp_path / "elsewhere").mkdir()
    (config.out / "trials").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResultFolderError, match="is a link"), claimed(config, resume=True):
        pass


def test_a_trial_replaces_an_earlier_one_of_its_number(tmp_path: Path) -> None:
    write_trial(tmp_path, 3, {"old": b"1", "c/x": b"2"})
    write_trial(tmp_path, 3, {"new": b"3"})
    assert [path.name for path in (tmp_path / "trials/0003").iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "trials").iterdir()] == ["0003"]
