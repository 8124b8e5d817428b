"""Models of other tools on boards and in exports."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from runs import check_output
from tflite_models import functions_net, image_net, series_net

from tinypareto.cli import main
from tinypareto.codegen.prefix import TAKEN
from tinypareto.deploy.export import export
from tinypareto.deploy.imported import import_network
from tinypareto.errors import ToolchainError
from tinypareto.export import FORMATS
from tinypareto.graph.ops.softmax import Softmax
from tinypareto.targets.boards import BOARDS
from tinypareto.targets.host import find_compiler
from tinypareto.targets.toolchain import find_toolchain

Capture = pytest.CaptureFixture[str]
BOARD = ("--board", "nrf52840-dk")
OLD_NAMES = re.compile(r"\bmodel(_[a-z]|\.[cho]\b)|\bMODEL_|TINYPARETO_MODEL|\btp_|\bTP_")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return image_net().save(tmp_path / "models")


@pytest.fixture
def zig() -> None:
    try:
        find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    pytest.importorskip("unicorn", reason="unicorn is not installed")


@pytest.mark.device
@pytest.mark.parametrize("command", ["measure", "verify"])
@pytest.mark.usefixtures("zig")
def test_a_tflite_model_runs_on_a_board(command: str, model: Path, capsys: Capture) -> None:
    assert main([command, str(model), *BOARD, "--cases", "2", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["mismatches"], done["output_bytes"]) == (0, 2 * 4)
    assert done["litert_reference_kernels"]["cases"] == 64
    assert done["wrong_layer"] is None
    kinds = [row["kind"] for row in done["layers"]]
    assert kinds[:4] == ["conv2d", "depthwise_conv2d", "conv2d", "add"]


@pytest.mark.device
@pytest.mark.usefixtures("zig")
def test_a_layer_that_differs_is_named_and_fails(
    model: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Softmax.run

    def wrong(self: Softmax, *arguments: Any) -> NDArray[np.int8]:
        return kept(self, *arguments) // 2

    monkeypatch.setattr(Softmax, "run", wrong)
    said = "softmax 'tensor12': got results that differ from LiteRT's by up to"
    assert main(["measure", str(model), *BOARD, "--cases", "1", "--json"]) == 1
    captured = capsys.readouterr()
    assert said in captured.err
    assert json.loads(captured.out)["wrong_layer"]["layer"] == "tensor12"
    # Nor is wrong C exported.
    assert main(["export", str(model), "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.device
@pytest.mark.usefixtures("zig")
def test_every_board_has_a_row(model: Path, capsys: Capture) -> None:
    assert main(["measure", str(model), "--board", "all", "--cases", "1", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert [row["board"] for row in done["boards"]] == list(BOARDS)
    for row in done["boards"]:
        board = BOARDS[row["board"]]
        over = max(row["flash_bytes"]["total"] - board.flash_bytes, 0)
        assert row["over_bytes"]["flash"] == over
        assert row["fits"]
    same = {row["board"]: row for row in done["boards"]}
    first, second = same["nrf52840-dk"], same["nucleo-l4r5"]
    assert first["instructions"] == second["instructions"]
    clocks = BOARDS["nucleo-l4r5"].clock_hz / BOARDS["nrf52840-dk"].clock_hz
    assert first["estimated_ms"] == pytest.approx(second["estimated_ms"] * clocks)


@pytest.mark.device
@pytest.mark.usefixtures("zig")
def test_the_table_of_boards_says_by_how_much_a_model_does_not_fit(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny, boards = (
        replace(BOARDS["bluepill"], ram_bytes=200),
        "tinypareto.deploy.every_board.BOARDS",
    )
    monkeypatch.setattr(boards, {"bluepill": tiny, "blackpill": BOARDS["blackpill"]})
    path = functions_net().save(tmp_path)
    assert main(["measure", str(path), "--board", "all", "--cases", "1"]) == 0
    out = capsys.readouterr().out
    assert "no: RAM by " in out
    assert "LiteRT, default kernels, 64 random inputs: " in out
    monkeypatch.setattr(boards, {"bluepill": tiny})
    assert main(["measure", str(path), "--board", "all", "--cases", "1"]) == 1
    assert "model.tflite: fits none of 1 boards" in capsys.readouterr().err


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_exports_it_under_its_own_name(form: str, model: Path, tmp_path: Path) -> None:
    if form in ("onnx", "tflite"):
        # Padding that does not count has no form there.
        model = series_net().save(tmp_path / "models")
    out = tmp_path / "out"
    files = export(model, out, form, name="kws")
    text = (out / "README.md").read_text()
    assert "LiteRT, reference kernels, 64 random inputs" in text
    assert "read model.tflite" in text
    for path in files:
        if path.suffix in (".c", ".h", ".cpp", ".ino", ".txt", ".conf") or "Kconfig" in path.name:
            assert not OLD_NAMES.search(path.read_text()), path
            assert not OLD_NAMES.search(path.name)


@pytest.mark.device
def test_its_self_test_passes(model: Path, tmp_path: Path) -> None:
    compiler = find_compiler() or pytest.skip("no C compiler: install one, or ziglang")
    export(model, tmp_path / "out", "c")
    command = [*compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-Isrc"]
    sources = ["test/selftest.c", "src/model.c", "-lm", "-o", "selftest"]
    check_output([*command, *sources], tmp_path / "out")
    assert "11 of 11 checks passed" in check_output(["./selftest"], tmp_path / "out")


@pytest.mark.parametrize("name", ["", "Kws", "1a", "a-b", "a" * 25, *sorted(TAKEN)[:3]])
def test_names_that_are_no_identifiers_are_refused(
    name: str, model: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["export", str(model), "--name", name, "--out", str(tmp_path / "out")]) == 2
    assert f"--name: got {name!r}; wanted a letter" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--trial", "3"], ["--all"]])
def test_options_of_folders_are_refused(option: list[str], model: Path, capsys: Capture) -> None:
    assert main(["verify", str(model), *option]) == 2
    assert f"{option[0]}: {model} is a file" in capsys.readouterr().err


def test_a_model_may_have_any_name(model: Path, tmp_path: Path) -> None:
    renamed = model.rename(tmp_path / "model.lite")
    assert import_network(renamed).runtime == "LiteRT"


@pytest.mark.parametrize("command", ["verify", "export --out x", "measure --board all"])
def test_a_missing_model_is_no_missing_folder(command: str, capsys: Capture) -> None:
    first, *rest = command.split()
    assert main([first, "none.tflite", *rest]) == 2
    assert "none.tflite: no such file; give a TensorFlow Lite model" in capsys.readouterr().err
