import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.e2e
def test_own_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "own_data.py"))["main"](str(tmp_path / "run"), trials=2)
    assert "of new recordings right" in capsys.readouterr().out
    assert (tmp_path / "run" / "front.json").is_file()
