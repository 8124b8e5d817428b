"""The real commands in processes of their own, as a user runs them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from small_net import FLAGS, TOML

from tinypareto import load_network
from tinypareto.data import load
from tinypareto.graph import interpreter
from tinypareto.targets.host import HostModel, compile_shared, find_compiler

pytestmark = pytest.mark.e2e
SCHEMA = Path(__file__).parents[2] / "docs" / "front.schema.json"
USERS = Path(__file__).parents[1] / "nets" / "users_networks.py"
SMALL = f"{FLAGS} --rom 8KB --ram 4KB --flops 1M"
COMMAND = [sys.executable, "-m", "tinypareto"]


def run(arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments.split()]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture
def toml(series_file: Path) -> Path:
    path = series_file.with_name("waves.toml")
    path.write_text(
        f'dataset = "{series_file.name}"\nout = "result"\nnet = "dscnn"\ntrials = 3\n'
        f"{TOML}[space]\nepochs = [1, 3]\n"
    )
    return path


def test_search_from_a_toml_file_then_front(toml: Path) -> None:
    folder = toml.parent
    done = run(f"search {toml.name} --seed 1", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\ntrial ") == 3
    out = folder / "result"
    assert {path.name for path in out.iterdir()} == {
        ".lock",
        "artifacts",
        "config.toml",
        "front.json",
        "report.html",
        "study.db",
        "trials",
    }
    front = json.loads((out / "front.json").read_text())
    jsonschema.validate(front, json.loads(SCHEMA.read_text()))
    assert front["trials"] == 3
    for point in front["front"]:
        files = {path.name for path in (out / point["path"]).iterdir()}
        assert files == {"measurement.json", "details.json", "model.safetensors", "c"}
    again = run(f"front {out}", folder)
    assert again.stdout == done.stdout
    assert json.loads(run("front result --json", folder).stdout) == front


def test_flags_override_the_file_and_the_saved_config_repeats_the_run(toml: Path) -> None:
    folder = toml.parent
    assert run(f"search {toml.name} --trials 2 --seed 4 --out first", folder).returncode == 0
    again = run("search first/config.toml --out second --json", folder)
    first, second = (
        json.loads((folder / f / "front.json").read_text()) for f in ["first", "second"]
    )
    assert json.loads(again.stdout) == second
    assert first == second
    assert first["trials"] == 2


def test_a_search_anew_trains_only_what_an_earlier_folder_does_not_have(toml: Path) -> None:
    folder = toml.parent
    assert run(f"search {toml.name} --out first", folder).returncode == 0
    again = run(f"search {toml.name} --out second --reuse first --trials 4", folder)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count(": reused, not trained, ") == 3
    assert again.stderr.count(": trained, ") == 1
    equal = run(f"search {toml.name} --out third --reuse second", folder)
    assert ": trained, " not in equal.stderr
    fronts = [(folder / out / "front.json").read_bytes() for out in ("first", "third")]
    assert fronts[0] == fronts[1]
    other = run(f"search {toml.name} --out fourth --reuse first --seed 1", folder)
    assert other.returncode == 2
    assert other.stderr.startswith("error: reuse: ")
    assert "seed" in other.stderr
    toml.write_text(toml.read_text().replace("[1, 3]", "[4, 6]"))
    longer = run(f"search {toml.name} --out fourth --reuse first --trials 2", folder)
    assert longer.returncode == 0, longer.stderr
    assert longer.stderr.count(": trained, ") == 2


@pytest.mark.device
def test_every_network_of_the_front_computes_the_same_in_c(
    series_file: Path, tmp_path: Path
) -> None:
    if find_compiler() is None:
        pytest.skip("no C compiler: install one, or ziglang")
    done = run(f"search {series_file.name} {SMALL} --trials 3 --out result", series_file.parent)
    assert done.returncode == 0, done.stderr
    data = load(series_file)
    for point in json.loads((series_file.parent / "result/front.json").read_text())["front"]:
        folder = series_file.parent / "result" / point["path"]
        network = load_network(folder)
        sources = {path.name: path.read_text() for path in (folder / "c").iterdir()}
        build = tmp_path / f"build{point['number']}"
        build.mkdir()
        library = compile_shared(sources, build)
        x = network.to_int8(data.x_test)
        outputs = HostModel(library, network.graph).run(x)
        assert (outputs == interpreter.run(network.graph, x)).all()
        assert (outputs.argmax(1) == data.y_test).mean() == pytest.approx(point["accuracy"])
        macro = f"#define MODEL_ARENA_BYTES {point['ram_bytes']}\n"
        assert macro in sources["model.h"]


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_leaves_a_front_that_resumes(series_file: Path, workers: int) -> None:
    folder = series_file.parent
    several = f"--trials 40 --workers {workers} --out result"
    arguments = f"search {series_file.name} {SMALL} {several}"
    with subprocess.Popen(
        [*COMMAND, *arguments.split()],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell starts in the background ignores the signal, and so would this process.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("trial 1 "))
        # A terminal sends it to all processes of the group, the workers too.
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert "--resume" in rest
    assert "Traceback" not in rest
    stopped = json.loads((folder / "result/front.json").read_text())
    # With two workers, trial 1 may end before trial 0.
    assert 1 <= stopped["trials"] < 40
    more = stopped["trials"] + 1
    resumed = run(f"search result --resume --trials {more}", folder)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads((folder / "result/front.json").read_text())["trials"] >= more


def test_a_network_of_the_users_with_workers_then_resumed(series_file: Path) -> None:
    folder = series_file.parent
    (folder / "mypkg").mkdir()
    shutil.copy(USERS, folder / "mypkg" / "mymodule.py")
    (folder / "my.toml").write_text(
        f'dataset = "{series_file.name}"\nnet = "mypkg.mymodule:tcn"\nout = "result"\n'
        "[net_options]\nwidth = 4\n[space]\nepochs = 1\n"
    )
    done = run("search my.toml --trials 2 --workers 2", folder)
    assert done.returncode == 0, done.stderr
    done = run("search result --resume --trials 3 --workers 1 --trust", folder)
    assert done.returncode == 0, done.stderr
    front = json.loads((folder / "result/front.json").read_text())
    assert (front["net"], front["trials"]) == ("mypkg.mymodule:tcn", 3)


def test_a_taken_folder_is_one_line(toml: Path) -> None:
    assert run(f"search {toml.name} --trials 1", toml.parent).returncode == 0
    again = run(f"search {toml.name} --trials 1", toml.parent)
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
    assert "holds another run" in again.stderr


def test_select_on_test_is_marked(series_file: Path) -> None:
    folder = series_file.parent
    done = run(
        f"search {series_file.name} {SMALL} --trials 1 --select-on test --out result", folder
    )
    assert "optimistic" in done.stdout
    assert json.loads((folder / "result/front.json").read_text())["select_on"] == "test"


def test_help_does_not_wait_for_torch(tmp_path: Path) -> None:
    code = "import sys; from tinypareto.cli import main; main(['search', '--help'])"
    code += "; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
