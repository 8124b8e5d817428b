"""`tinypareto verify` on a folder that a search wrote."""

import json
import sys
from pathlib import Path

import pytest
from emulated import require_emulation, save
from small_net import FLAGS

from tinypareto.cli import main
from tinypareto.data.dataset import Dataset
from tinypareto.graph import interpreter
from tinypareto.graph.cost import resources
from tinypareto.results.front_file import read_front, write_front

pytestmark = [pytest.mark.e2e, pytest.mark.device]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def found(series: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_emulation()
    folder = tmp_path_factory.mktemp("verify")
    save(series, folder / "waves.npz")
    small = f"{FLAGS} --trials 2"
    command = f"search {folder / 'waves.npz'} {small} --out {folder / 'result'}"
    assert main(command.split()) == 0
    return folder / "result"


def test_the_chip_computes_what_python_says(found: Path, capsys: Capture) -> None:
    assert main(["verify", str(found), "--all", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    front = read_front(found)
    assert [one["trial"] for one in done] == [point.number for point in front.points]
    for one in done:
        graph = front.load(one["trial"]).graph
        assert one["mismatches"] == 0
        assert one["output_bytes"] == 8 * 3
        assert one["inputs"] == "8 cases of the test split of waves"
        assert one["ram_bytes"]["arena"] == resources(graph).ram_bytes
        for kind in ("flash_bytes", "ram_bytes"):
            total = one[kind].pop("total")
            assert total == sum(one[kind].values())
        assert 2 * one["macs"] == resources(graph).flops
        assert one["instructions"] == sum(row["instructions"] for row in one["layers"])
        assert one["estimated_ms"] == pytest.approx(one["estimated_cycles"] / 120e3)
        assert one["problem"] == ""


def test_the_table_calls_cycles_an_estimate(found: Path, capsys: Capture) -> None:
    number = read_front(found).points[-1].number
    command = ["verify", str(found), "--trial", str(number), "--board", "nrf9160-dk"]
    assert main([*command, "--cases", "2"]) == 0
    out = capsys.readouterr().out
    assert f"trial {number} on nrf9160-dk (cortex-m33, 64 MHz), compiled by zig" in out
    assert "6 of 6 output bytes equal the interpreter's" in out
    assert "cycles are an estimate" in out
    assert "(estimate)" in out


def test_a_mismatch_is_exit_code_1(
    found: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = interpreter.run
    monkeypatch.setattr(interpreter, "run", lambda graph, x: exact(graph, x) ^ 1)
    assert main(["verify", str(found)]) == 1
    captured = capsys.readouterr()
    assert "0 of 24 output bytes equal" in captured.out
    assert "24 of 24 output bytes differ" in captured.err
    assert captured.err.count("\n") == 1


def test_without_emulator_sizes_remain(
    found: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "unicorn", None)
    assert main(["verify", str(found)]) == 1
    captured = capsys.readouterr()
    assert "Flash" in captured.out
    assert "stack not measured" in captured.out
    assert "pip install 'tinypareto[emulate]'" in captured.err


def test_without_the_data_inputs_are_random(found: Path, tmp_path: Path, capsys: Capture) -> None:
    front = read_front(found).model_copy(update={"folder": tmp_path})
    write_front(front)
    (tmp_path / "trials").symlink_to(found / "trials")
    assert main(["verify", str(tmp_path), "--cases", "3"]) == 0
    assert "3 random inputs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--trial 99", "trial 99: is not in the front; listed are"),
        ("--board nrf52840", "unknown board 'nrf52840'; did you mean 'nrf52840-dk'?"),
        ("--toolchain icc", "unknown toolchain 'icc'"),
        ("--cases 0", "--cases: got 0; wanted a whole number from 1"),
        ("--board esp32-c3 --toolchain gcc", "toolchain gcc:"),
    ],
)
def test_bad_input_is_one_line(arguments: str, said: str, found: Path, capsys: Capture) -> None:
    assert main(["verify", str(found), *arguments.split()]) in (1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_a_search_for_a_board_measures_the_linked_program(
    found: Path, tmp_path: Path, capsys: Capture
) -> None:
    small = f"{FLAGS} --trials 2 --board nrf52840-dk"
    goals = "--objectives accuracy,rom,latency"
    data = found.parent / "waves.npz"
    assert main(f"search {data} {small} {goals} --out {tmp_path / 'result'}".split()) == 0
    capsys.readouterr()
    # The board is the search's.
    assert main(["verify", str(tmp_path / "result"), "--all", "--json"]) == 0
    done = {one["trial"]: one for one in json.loads(capsys.readouterr().out)}
    front = read_front(tmp_path / "result")
    assert front.objectives == ("accuracy", "rom", "latency")
    assert front.limits.latency_ms is not None
    for point in front.points:
        one = done[point.number]
        assert point.latency_ms == pytest.approx(one["estimated_ms"])
        assert one["board"] == "nrf52840-dk"
        assert one["flash_bytes"]["total"] == point.rom_bytes
        # The stack may depend on the inputs.
        assert abs(one["ram_bytes"]["total"] - point.ram_bytes) <= 64
        measured = json.loads((tmp_path / "result" / point.path / "measurement.json").read_text())
        assert measured["resources"]["rom_bytes"] == point.rom_bytes


@pytest.mark.parametrize(("limit", "excess"), [("--rom 2KB", "ROM"), ("--latency 9us", "latency")])
def test_a_program_that_breaks_a_limit_is_not_trained(
    limit: str, excess: str, found: Path, tmp_path: Path, capsys: Capture
) -> None:
    small = f"{FLAGS} --trials 2 --board nrf52840-dk"
    data = found.parent / "waves.npz"
    # The constants would fit, the code does not.
    assert main(f"search {data} {small} {limit} --out {tmp_path / 'result'}".split()) == 0
    assert capsys.readouterr().err.count(f"infeasible, not trained, {excess}") == 2
    assert not (tmp_path / "result" / "trials").exists()
    assert main(["verify", str(tmp_path / "result")]) == 2
    assert "its front is empty" in capsys.readouterr().err
