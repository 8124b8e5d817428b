from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from tinypareto.errors import StorageError
from tinypareto.study import storage
from tinypareto.study.batched_storage import BatchedStorage


@pytest.mark.parametrize(("collisions", "opens"), [(2, True), (100, False)])
def test_opening_waits_for_another_who_makes_the_tables(
    collisions: int, opens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = collisions

    def colliding(url: str, options: dict[str, object]) -> BatchedStorage:
        nonlocal left
        left -= 1
        if left >= 0:
            raise IntegrityError("CREATE TABLE studies", {}, ValueError("duplicate key"))
        return BatchedStorage(url, options)

    monkeypatch.setattr(storage, "BatchedStorage", colliding)
    monkeypatch.setattr("time.sleep", lambda _: None)
    if not opens:
        with pytest.raises(StorageError, match="duplicate key"):
            storage.Embedded(tmp_path / "study.db")
        return
    opened = storage.Embedded(tmp_path / "study.db")
    assert optuna.get_all_study_names(opened.rdb) == []
    opened.close()


HOSTILE = (
    *(f"exp{mark}1" for mark in "?#%&=+@:;,!$'()*[]{}<>|~^`\" \t\n"),
    "%20",
    "q?uri=true",
    "q?mode=memory&uri=true",
    "{SCHEMA_VERSION}",
    ":memory:",
    "file:x",
    "\u00fc\u6f22\U0001f600",
    "x" * 200,
)


def assert_own_database(folder: Path, name: str) -> None:
    file = folder / name / "study.db"
    file.parent.mkdir()
    opened = storage.Embedded(file)
    optuna.create_study(study_name=name, storage=opened.rdb)
    assert optuna.get_all_study_names(opened.rdb) == [name]
    opened.close()
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_no_name_of_a_folder_makes_two_share_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in HOSTILE:
        assert_own_database(tmp_path, name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(HOSTILE)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=50
).filter(lambda name: name not in (".", ".."))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMES)
def test_any_name_of_a_folder_has_its_own_database(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    assert_own_database(folder, name)
    assert [path.name for path in folder.iterdir()] == [name]


def test_a_relative_path_is_no_address_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    storage.Embedded(Path("file:x?mode=memory")).close()
    assert [path.name for path in tmp_path.iterdir()] == ["file:x?mode=memory"]
