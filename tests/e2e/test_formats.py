"""Result folders of earlier versions are read; those of later ones are refused."""

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tinypareto import load_network
from tinypareto.cli import main
from tinypareto.results.front_file import read_front

pytestmark = pytest.mark.e2e
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def early(tmp_path: Path) -> Path:
    """As the version of November 2026 wrote it: no `format` in config.toml, no checksums."""
    shutil.unpack_archive(Path(__file__).with_name("format1.zip"), tmp_path)
    config = tmp_path / "format1/config.toml"
    config.write_text(config.read_text().replace("/data/", f"{tmp_path}/"))
    return tmp_path / "format1"


def refused(out: Path, capsys: Capture, *arguments: str) -> str:
    assert main(["search", str(out), "--resume", "--trials", "3", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("error: ")
    return error


def test_the_first_format_is_read_and_continued(early: Path, capsys: Capture) -> None:
    before = json.loads((early / "front.json").read_text())
    best = read_front(early).points[0].number
    assert load_network(early / f"trials/{best:04d}")
    assert main(["front", str(early)]) == 0
    assert main(["search", str(early), "--resume", "--trials", "3"]) == 0, capsys.readouterr()
    after = read_front(early)
    assert (before["trials"], after.trials) == (2, 3)
    assert (early / "config.toml").read_text().startswith("format = 2\n")
    assert "sha256" in json.loads((early / "trials/0002/measurement.json").read_text())
    assert after.load(best)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE studies SET study_name = 'mine'", "holds other studies (mine)"),
        ("DELETE FROM trial_user_attributes", "has no measurement that tinypareto wrote"),
        ("ALTER TABLE trial_values DROP COLUMN value", "no such column: trial_values.value"),
        ("DROP TABLE trial_params; CREATE TABLE trial_params (x)", "no such column"),
        ("UPDATE trial_params SET distribution_json = '{'", "cannot be used as a study"),
        ("UPDATE alembic_version SET version_num = 'v99'", "updating optuna"),
        (
            "INSERT INTO study_user_attributes VALUES "
            """(9, 1, 'tinypareto', '{"format": 99, "config": {}}')""",
            "has format 99, this version reads 1",
        ),
        (
            "INSERT INTO study_user_attributes VALUES "
            """(9, 1, 'tinypareto', '{"format": 1, "config": {}, "data_sha256": "0"}')""",
            "was made with other data",
        ),
        ("INSERT INTO study_user_attributes VALUES (9, 1, 'tinypareto', '[')", "cannot be used"),
    ],
)
def test_an_edited_study_is_refused_in_one_line(
    edit: str, said: str, early: Path, capsys: Capture
) -> None:
    database = sqlite3.connect(early / "study.db")
    database.executescript(edit)
    database.close()
    assert said in refused(early, capsys)


def test_a_newer_configuration_is_refused(early: Path, capsys: Capture) -> None:
    config = early / "config.toml"
    config.write_text("format = 3\n" + config.read_text())
    assert "has format 3, this version reads 1 to 2" in refused(early, capsys)


def test_other_data_is_refused(early: Path, capsys: Capture) -> None:
    assert main(["search", str(early), "--resume", "--trials", "2"]) == 0
    capsys.readouterr()
    with np.load(early.parent / "waves.npz") as arrays:
        changed = dict(arrays) | {"X_test": arrays["X_test"] + 1}
    np.savez(early.parent / "waves.npz", **changed)
    assert "was made with other data" in refused(early, capsys)
