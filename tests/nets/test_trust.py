"""Nothing in a result folder decides what runs and where to connect."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from emulated import save

import tinypareto
from tinypareto.config import resolve
from tinypareto.config.sources import ConfigSource, from_flags, load_toml
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError
from tinypareto.nets import trust
from tinypareto.report import write_report
from tinypareto.results.front_file import read_front
from tinypareto.study import storage

SERVER = "postgresql://me@server.invalid/db"
CODE = """\
from pathlib import Path
Path(__file__).with_name("ran").touch()
from torch import nn

def build(input_shape, classes, width=4):
    return nn.Sequential(
        nn.Conv1d(input_shape[0], width, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(width * (input_shape[1] - 2), classes),
    )
"""


@pytest.fixture(scope="module")
def foreign(series: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the result of a stranger's search, and the stranger's code beside it."""
    home = tmp_path_factory.mktemp("foreign")
    (home / "evil.py").write_text(CODE)
    save(series, home / "waves.npz")
    command = "search waves.npz --net evil:build --trials 1 --no-report --out run"
    done = tinypareto_in(home, *command.split())
    assert done.returncode == 0, done.stderr
    (home / "ran").unlink()
    return home


def tinypareto_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tinypareto", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "command",
    [
        ["export", "run", "--out", "exported"],
        ["search", "run", "--resume", "--trials", "2", "--no-report"],
        ["search", "run/config.toml", "--out", "again", "--no-report"],
    ],
)
def test_code_that_a_folder_names_runs_only_if_it_is_trusted(
    command: list[str], foreign: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(foreign, home)
    refused = tinypareto_in(home, *command)
    assert refused.returncode == 2
    assert "net 'evil:build': is code that" in refused.stderr
    assert "names and that would run" in refused.stderr
    assert "--trust" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (home / "ran").exists()
    trusted = tinypareto_in(home, *command, "--trust")
    assert trusted.returncode == 0, trusted.stderr
    assert (home / "ran").exists()


def test_the_report_of_a_foreign_network_does_not_run_it(foreign: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    done = tinypareto_in(foreign, "report", "run", "--out", str(tmp_path / "report.html"))
    assert done.returncode == 0, done.stderr
    assert not (foreign / "ran").exists()


def test_a_network_is_loaded_if_it_is_trusted_or_was_named(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_named", set())
    monkeypatch.setattr(trust, "_folders", set())
    monkeypatch.syspath_prepend(foreign)
    trial = foreign / "run/trials/0000"
    with pytest.raises(ConfigError, match=r"is code that .*model\.safetensors names"):
        tinypareto.load_network(trial)
    with pytest.raises(ConfigError, match="is code that"):
        read_front(foreign / "run").load(0)
    assert "evil" not in sys.modules
    assert tinypareto.load_network(trial, trust=True)
    trust.name_by_user("evil:build")
    assert tinypareto.load_network(trial)
    del sys.modules["evil"]


def test_the_user_may_name_the_code_in_a_file_of_their_own(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_named", set())
    monkeypatch.chdir(foreign)
    monkeypatch.syspath_prepend(foreign)
    config = foreign / "run/config.toml"
    with pytest.raises(ConfigError, match="evil:build"):
        resolve(load_toml(config))
    assert resolve(load_toml(config), from_flags({"net": "dscnn"})).net == "dscnn"
    mine = shutil.copy(config, foreign / "mine.toml")
    assert resolve(load_toml(Path(mine))).net == "evil:build"
    del sys.modules["evil"]


def test_a_database_does_not_decide_what_a_worker_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "_named", set())
    values = {"dataset": "digits", "net": "evil:build", "storage": SERVER}
    with pytest.raises(ConfigError, match="is code that study 'x' names"):
        resolve(ConfigSource(values, Path.cwd(), origin="study 'x'"), from_flags({}))


def connected(*_: Any, **__: Any) -> None:
    pytest.fail("connected to a server that only the folder names")


@pytest.fixture
def shared(series_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A result folder that names a server."""
    out = tmp_path / "run"
    options: dict[str, Any] = {
        "net": "dscnn",
        "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
        "space": {"epochs": 10, "batch_size": 20},
    }
    tinypareto.search(series_file, trials=1, out=str(out), **options)
    text = (out / "config.toml").read_text()
    (out / "config.toml").write_text(f'storage = "{SERVER}"\n{text}')
    monkeypatch.setattr(storage, "_opened", connected)
    return out


def test_no_command_connects_to_a_server_because_a_folder_names_it(
    shared: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinypareto.cli import main

    asks = f"give --storage {SERVER} to connect to it"
    for command in ("report", "search --resume", "search --out /nowhere"):
        name, *flags = command.split()
        assert main([name, str(shared), *flags]) == 2, command
        assert asks in capsys.readouterr().err
    assert main(["front", str(shared), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 1
    assert main(["export", str(shared), "--out", str(shared / "c")]) == 0

    config = shared / "config.toml"
    config.write_text(config.read_text().replace(f'storage = "{SERVER}"', 'ray = "evil:6379"'))
    assert main(["search", str(shared), "--resume"]) == 2
    assert "give --ray evil:6379 to connect to it" in capsys.readouterr().err


def test_the_user_decides_where_the_report_connects(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reached(Exception):
        pass

    def reached(url: str, *_: object) -> None:
        raise Reached(url)

    monkeypatch.setattr(storage, "_opened", reached)
    with pytest.raises(Reached, match=r"server\.other"):
        write_report(shared, database="postgresql://me@server.other/db")
