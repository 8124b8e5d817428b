from pathlib import Path

import optuna
import pytest
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
