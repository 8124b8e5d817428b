import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tinypareto.cli import main
from tinypareto.results.front_file import read_front

pytestmark = pytest.mark.e2e
SCRIPT = Path(__file__).with_name("ray_nodes.py")


@pytest.mark.skipif(find_spec("ray") is None, reason="no Ray here: pip install ray")
def test_a_search_survives_the_death_of_a_node(series_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(series_file), str(tmp_path / "ray")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"left": 1}
    # The first proposals follow from the trials' numbers alone, so one process makes the same.
    config = tmp_path / "ray" / "config.toml"
    text = config.read_text().replace("workers = 2", "workers = 1")
    config.write_text("\n".join(x for x in text.splitlines() if not x.startswith("ray")))
    assert main(["search", str(config), "--out", str(tmp_path / "here")]) == 0
    fronts = [read_front(tmp_path / name) for name in ("ray", "here")]
    assert fronts[0].trials == fronts[1].trials == 5
    assert fronts[0].points == fronts[1].points
    for point in fronts[0].points:
        assert fronts[0].load(point.number)


def test_without_ray_the_message_says_what_to_install(
    series_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    out = series_file.parent / "none"
    assert main(["search", str(series_file), "--ray", "auto", "--out", str(out)]) == 2
    assert "pip install 'tinypareto[ray]'" in capsys.readouterr().err
