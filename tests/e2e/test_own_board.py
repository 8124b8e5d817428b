"""A search for a board of the user's own, and an ESP32-C3, by the commands."""

import json
from pathlib import Path

import pytest
from emulated import require_emulation, save
from small_net import FLAGS

from tinypareto.cli import main
from tinypareto.config.sources import load_toml
from tinypareto.data.dataset import Dataset
from tinypareto.results.front_file import read_front
from tinypareto.targets.boards import find_board

pytestmark = [pytest.mark.e2e, pytest.mark.device]
Capture = pytest.CaptureFixture[str]

BOARD = """\
name = "my-board"
core = "cortex-m4"
flash = "64 KB"
ram = "16 KB"
clock = "84 MHz"
"""
SEARCH = """\
dataset = "waves.npz"
net = "dscnn"
board = "board.toml"
objectives = "accuracy,rom,latency"
trials = 2
out = "result"
[net_options]
width = 8
depth = 2
reach = 1
halvings = 0
stride = 1
"""


@pytest.fixture(scope="module")
def found(series: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder whose board's file is gone."""
    require_emulation()
    folder = tmp_path_factory.mktemp("own")
    save(series, folder / "waves.npz")
    (folder / "board.toml").write_text(BOARD)
    (folder / "search.toml").write_text(SEARCH)
    # Both paths are relative to the file that holds them.
    assert main(["search", str(folder / "search.toml"), "--workers", "2", "--no-report"]) == 0
    (folder / "board.toml").unlink()
    return folder / "result"


def test_the_result_folder_holds_the_board(found: Path) -> None:
    stored = load_toml(found / "config.toml").values
    assert (stored["rom"], stored["ram"]) == (65_536, 16_384)
    own = find_board(stored["board"])
    assert (own.name, own.clock_hz) == ("my-board", 84_000_000)
    assert all(point.latency_ms for point in read_front(found).points)


def test_the_search_resumes_without_the_file(found: Path, capsys: Capture) -> None:
    assert main(["search", str(found), "--resume", "--trials", "3", "--no-report"]) == 0
    capsys.readouterr()
    assert main(["search", str(found), "--resume", "--trials", "4", "--board", "pico"]) == 2
    assert "but the run in" in capsys.readouterr().err


def test_its_networks_are_verified_reported_and_exported(
    found: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["verify", str(found), "--json"]) == 0
    (done,) = json.loads(capsys.readouterr().out)
    assert (done["board"], done["mismatches"]) == ("my-board", 0)
    assert main(["report", str(found)]) == 0
    assert main(["export", str(found), "--out", str(tmp_path / "c")]) == 0
    assert "Flash on my-board" in (tmp_path / "c" / "README.md").read_text()


def test_a_board_file_on_the_command_line(found: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "tiny.toml").write_text(BOARD.replace("64 KB", "1 KB"))
    assert main(["verify", str(found), "--board", str(tmp_path / "tiny.toml")]) == 1
    captured = capsys.readouterr()
    assert "the board has 1 KB" in captured.out
    assert "on my-board: does not fit: Flash by" in captured.err
    (tmp_path / "tiny.toml").write_text(BOARD.replace("cortex-m4", "z80"))
    assert main(["verify", str(found), "--board", str(tmp_path / "tiny.toml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "tiny.toml: core: got 'z80'; wanted one of" in captured.err


def test_an_esp32_c3_computes_what_python_says(found: Path, capsys: Capture) -> None:
    command = ["verify", str(found), "--board", "esp32-c3-devkitm-1"]
    assert main([*command, "--json"]) == 0
    (done,) = json.loads(capsys.readouterr().out)
    assert (done["board"], done["core"]) == ("esp32-c3", "rv32imc")
    assert (done["output_bytes"], done["mismatches"]) == (24, 0)
    assert done["instructions"] == sum(row["instructions"] for row in done["layers"]) > 0
    assert done["ram_bytes"]["stack"] > 0
    assert done["estimated_cycles"] is None
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "24 of 24 output bytes equal the interpreter's" in out
    assert "cycles are not estimated" in out


def test_a_search_for_an_esp32_c3(found: Path, tmp_path: Path) -> None:
    small = f"{FLAGS} --trials 1 --no-report"
    data, out = found.parent / "waves.npz", tmp_path / "result"
    assert main(f"search {data} {small} --board esp32c3 --out {out}".split()) == 0
    assert load_toml(out / "config.toml").values["board"] == "esp32-c3"
    assert read_front(out).points[0].latency_ms is None
