import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from tinypareto.cli import configure, main
from tinypareto.cli.app import app
from tinypareto.config import FILE, RunConfig, to_toml
from tinypareto.data import SOURCES
from tinypareto.errors import ConfigError
from tinypareto.nets.registry import NETS
from tinypareto.resources import Limits
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_file import write_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.targets.boards import BOARDS

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_npz(path: Path, first: float = 0.0) -> None:
    x = np.zeros((12, 1, 8), np.float32)
    x[0, 0, 0] = first
    np.savez(path, X_train=x, y_train=np.arange(12) % 3, X_test=x, y_test=np.arange(12) % 3)


BAD = {
    "": "Missing argument 'TARGET'",
    "digits --nope": "No such option",
    "digit": "unknown data set 'digit'; did you mean 'digits'?",
    "none.npz": "none.npz: no such file",
    "nan.npz": "X_train has 1 values that are NaN",
    "keys.npz": "keys.npz: missing X_train, X_test, y_test; found y_train",
    "broken.npz": "broken.npz: cannot be read as .npz",
    "none.toml": "none.toml: no such file",
    "bad.toml": "unknown key 'tirals'; did you mean 'trials'?",
    "syntax.toml": "is not TOML",
    "digits --net dscn": "unknown net 'dscn'; did you mean 'dscnn'?",
    "digits --net-option width": "wanted NAME=VALUE",
    "digits --net dscnn --net-option widht=3": "unknown setting 'widht'",
    "digits --net dscnn --net-option width=x": "width='x'; choose an integer",
    "digits --data-option window": "--data-option: got 'window'; wanted NAME=VALUE",
    "digits --data-option window=3": "data digits: unknown option 'window'",
    "./recordings --data-option widnow=3": "unknown option 'widnow'; did you mean 'window'?",
    "./recordings --data-option window=9": "1.csv: its longest stretch of one class has 2 steps",
    "./none": "none: no such file or folder",
    "recordings": "such as ./recordings",
    "uea:Ering": "unknown data set 'uea:Ering'; did you mean ERing",
    "digits --board nrf52840": "unknown board 'nrf52840'; did you mean 'nrf52840-dk'?",
    "digits --rom 64KBB": "--rom: cannot read '64KBB'",
    "digits --ram 0": "--ram: got '0'; wanted an amount from 1",
    "digits --flops=-5M": "--flops: got '-5M'; wanted",
    "digits --latency 20": "--latency: cannot read '20'; write a number with a unit",
    "digits --latency 20ms": "latency: is that of a board, and none is given; add --board NAME",
    "digits --objectives accuracy,latency": "latency: is that of a board, and none is given",
    "digits --board esp32-c3 --latency 9ms": "latency: cannot be estimated on esp32-c3",
    "digits --objectives accuracy,latncy": "unknown objective 'latncy'; did you mean 'latency'?",
    "digits --objectives rom,ram": "--objectives: got ram, rom; wanted accuracy among them",
    "digits --trials 0": "--trials: got 0; wanted a whole number from 1",
    "digits --trials few": "--trials: got 'few'; wanted a whole number from 1",
    "digits --seed -1": "--seed: got -1",
    "digits --preset papr": "unknown preset 'papr'",
    "digits --select-on tset": "--select-on: got 'tset'; wanted validation or test",
    "digits --sampler nsga": "--sampler: got 'nsga'; wanted ars, or to compare",
}


def write_inputs(folder: Path) -> set[str]:
    write_npz(folder / "nan.npz", first=np.nan)
    np.savez(folder / "keys.npz", y_train=np.zeros(3))
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 not a zip")
    (folder / "bad.toml").write_text('dataset = "digits"\ntirals = 3\n')
    (folder / "recordings" / "walk").mkdir(parents=True)
    (folder / "recordings" / "walk" / "1.csv").write_text("1\n2\n")
    (folder / "syntax.toml").write_text("trials = = 3\n")
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("arguments", BAD)
def test_bad_input_gives_one_line_and_no_folder(
    arguments: str, tmp_path: Path, capsys: Capture
) -> None:
    before = write_inputs(tmp_path)
    assert main(["search", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert BAD[arguments] in err
    assert err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.e2e
@pytest.mark.parametrize("arguments", ["", "digit", "digits --rom 64KBB", "nan.npz --trials 3"])
def test_the_real_command_fails_the_same_way(arguments: str, tmp_path: Path) -> None:
    before = write_inputs(tmp_path)
    command = [str(Path(sys.executable).with_name("tinypareto")), "search", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == before


def test_flags_reach_the_configuration() -> None:
    flags = {
        "rom": "64KB",
        "net": "dscnn",
        "net_options": {"width": 16},
        "trials": 60,
        "seed": None,
    }
    config = configure("ERing.npz", flags, resume=False)
    assert (config.rom, config.trials, config.seed) == (64_000, 60, 0)
    assert config.net_options["width"] == 16
    assert config.out == Path.cwd() / "runs" / "ERing"


def test_resume_keeps_what_is_not_given_again(tmp_path: Path) -> None:
    first = configure("digits", {"seed": 3, "rom": "9KB", "out": "mine"}, resume=False)
    first.out.mkdir()
    (first.out / FILE).write_text(to_toml(first))
    again = configure("digits", {"out": "mine", "trials": 99}, resume=True)
    assert again == first.model_copy(update={"trials": 99})
    with pytest.raises(ConfigError, match=r"seed: got 4 but the run in .* has 3"):
        configure("digits", {"out": "mine", "seed": 4}, resume=True)


def written_front(folder: Path) -> Front:
    point = FrontPoint(
        number=7,
        params={"epochs": 12},
        score=0.9,
        score_float=0.9,
        score_search=0.9,
        rom_bytes=10,
        ram_bytes=10,
        flops=10,
        path="trials/0007",
    )
    front = build_front(
        [point],
        Limits(),
        dataset="digits",
        net="dscnn",
        select_on="test",
        selection="the TEST split",
        trials=8,
        folder=folder,
    )
    write_front(front)
    return front


def test_front_prints_the_table_or_the_file(tmp_path: Path, capsys: Capture) -> None:
    front = written_front(tmp_path)
    assert main(["front", str(tmp_path)]) == 0
    table = capsys.readouterr().out
    assert "dscnn on digits" in table
    assert "WARNING" in table
    assert main(["front", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(front.to_json())


def test_an_interrupted_search_shows_its_front_and_what_to_do_next(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(config: RunConfig, *_: object, **__: object) -> None:
        config.out.mkdir()
        written_front(config.out)
        raise KeyboardInterrupt

    monkeypatch.setattr("tinypareto.study.search_loop.run", interrupted)
    assert main(["search", "digits", "--out", "mine"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    for text in ("dscnn on digits", "recommended: trial 7", "  tinypareto verify mine\n"):
        assert text in err
    assert err.endswith(f"interrupted; add --resume to continue in {tmp_path / 'mine'}\n")


def test_an_export_without_a_folder_is_named_after_its_source(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def export(source: Path, out: Path, form: str, **_: object) -> list[Path]:
        folders.append(out)
        return []

    monkeypatch.setattr("tinypareto.deploy.export.export", export)
    assert main(["export", "runs/digits", "--format", "arduino"]) == 0
    assert main(["export", "kws.tflite"]) == 0
    assert folders == [Path("digits_arduino"), Path("kws_c")]


def test_front_of_a_foreign_folder(tmp_path: Path, capsys: Capture) -> None:
    assert main(["front", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}: no front.json in it; give a folder that a search wrote, or start one "
        "with tinypareto search\n"
    )


@pytest.mark.parametrize(("command", "names"), [("nets", NETS), ("datasets", SOURCES)])
def test_lists(command: str, names: dict[str, object], capsys: Capture) -> None:
    assert main([command]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names)


def test_lists_as_json(capsys: Capture) -> None:
    assert main(["nets", "resnet8", "--json"]) == 0
    (net,) = json.loads(capsys.readouterr().out)
    assert (net["name"], net["parameters"], net["filters"]) == ("resnet8", 77_946, 224)
    assert net["groups"]["conv"] == {"filters": 16, "together_with": ["stage1.0.conv2"]}
    assert main(["nets", "--json"]) == 0
    assert [net["name"] for net in json.loads(capsys.readouterr().out)] == list(NETS)
    assert main(["datasets", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["names"]) == list(SOURCES)
    assert told["formats"][".csv"]["options"]["window"]["default"] == 128
    assert main(["boards", "--json"]) == 0
    boards = {board["name"]: board for board in json.loads(capsys.readouterr().out)}
    assert list(boards) == list(BOARDS)
    assert boards["nucleo-l4r5"]["ram_bytes"] == 655_360
    assert boards["nucleo-l4r5"]["cycle_model"]
    assert boards["esp32-c3"]["cycle_model"] is None


def test_nets_says_what_can_be_pruned(capsys: Capture) -> None:
    assert main(["nets", "resnet8"]) == 0
    out = capsys.readouterr().out
    assert "77,946 parameters; 224 filters in 6 prunable groups" in out
    assert "16 filters, together with stage1.0.conv2\n" in out
    assert main(["nets", "resnt8"]) == 2
    assert "did you mean 'resnet8'?" in capsys.readouterr().err


def test_nets_says_what_is_searched_and_which_families_auto_tries(capsys: Capture) -> None:
    assert main(["nets"]) == 0
    out = capsys.readouterr().out
    assert main(["nets", "--json"]) == 0
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    for name, family in NETS.items():
        assert set(told[name]["auto"]) == family.suits
        for key, setting in family.settings.items():
            found = told[name]["settings"][key]["searched"]
            if setting.searched is None:
                assert found is None
            else:
                low, high, log = setting.searched
                assert found == {"low": low, "high": high, "scale": "log" if log else "linear"}
                assert f"searched: {low} to {high}{', log' if log else ''}\n" in out
    assert "    tried by --net auto for series" in out


def test_nets_describes_a_users_network(capsys: Capture) -> None:
    assert main(["nets", "users_networks:tcn", "--shape", "4x65", "--classes", "6"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "users_networks:tcn  your own network\n    width=6\n    levels=2\n    348 parameters; 6 fil"
    )
    assert "6 filters, together with 1.conv, 2.conv" in out
    assert main(["nets", "dscnn", "--shape", "4x6 5"]) == 2
    assert "--shape: got '4x6 5'; wanted such as 3x32x32" in capsys.readouterr().err


def test_boards_lists_sizes(capsys: Capture) -> None:
    assert main(["boards"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(BOARDS)


def test_version_and_help(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tinypareto ")
    for arguments in ([], ["--help"], ["search", "--help"]):
        assert main(arguments) == 0
        assert "tinypareto search digits" in capsys.readouterr().out


def test_help_does_not_wait_for_torch() -> None:
    program = (
        "import sys; from tinypareto.cli import main; main(['search', '--help']); "
        "names = {'torch', 'optuna', 'numpy', 'botorch', 'sklearn', 'sqlalchemy'}; "
        "sys.exit(bool(names & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


def test_every_command_can_print_json() -> None:
    lacking = []
    for path, command in commands(typer.main.get_command(app)):
        flags = {flag for parameter in command.params for flag in parameter.opts}
        if "--json" not in flags:
            lacking.append(path)
    assert lacking == []


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_bench_lists_runs_and_continues(capsys: Capture) -> None:
    assert main(["bench", "list"]) == 0
    assert "nehvi" in capsys.readouterr().out
    command = ["bench", "run", "passino", "--solvers", "random,nsga2", "--trials", "12"]
    assert main([*command, "--seeds", "1", "--out", "b.csv"]) == 0
    out = capsys.readouterr().out
    assert "the front's hypervolume is 1.000" in out
    assert "Mean ranks at 12 trials over 1 studies" in out
    before = Path("b.csv").read_text(encoding="utf-8")
    assert main([*command, "--seeds", "1", "--out", "b.csv"]) == 0
    assert Path("b.csv").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pasino"], "unknown problem 'pasino'; did you mean 'passino'"),
        ([], "no problem given; name some of"),
        (["--nasbench", "none.npz"], "cannot be read as a table of NAS-Bench-201"),
        (["passino", "--solvers", "gpp"], "unknown solver 'gpp'"),
    ],
)
def test_bench_refuses(arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(["bench", "run", *arguments]) == 2
    assert message in capsys.readouterr().err
