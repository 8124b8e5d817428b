"""Every command of the documentation, as written: run with small searches, or, where that takes
a server or the network, at least read by the real parser."""

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from tflite_models import series_net

import tinypareto.study.search_loop
from tinypareto.cli import main
from tinypareto.cli.app import app
from tinypareto.config import RunConfig
from tinypareto.deploy.selection import select_network
from tinypareto.nets.options import AUTO
from tinypareto.results.front import Front

Search = Callable[..., Front]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^(?: {4,}|)(?:\$ )?((?:tinypareto|python) .+?)(?:\s+#.*)?$")
ELSEWHERE = {
    "uea:": "downloads",
    "reproduce": "hours",
    "--trials 150": "hours",
    "cifar10": "downloads",
    "DaLiAc": "a download by hand",
    "NAME": "a stand-in",
    "--storage": "a database server",
    "--ray": "a cluster",
} | ({} if shutil.which("arm-none-eabi-gcc") else {"gcc": "another compiler"})
"""What in a command asks for more than this machine alone."""


def commands(page: Path) -> list[str]:
    lines, fence = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence ^= line.lstrip().startswith("```")
        found = COMMAND.match(line)
        if found and (fence or line.startswith("    ")):
            lines.append(found[1])
    return lines


WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the pages take for granted: data of the user's, and results of earlier searches."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tinypareto.study.search_loop, "run", small(tinypareto.study.search_loop.run))
        patch.chdir(folder)
        write_data(folder)
        assert main(["search", "digits"]) == 0
        assert main(["search", "mine.npz", "--out", "ering"]) == 0
        yield folder


def small(run: Search) -> Search:
    """The search with two trials of one epoch, on small networks."""

    def wrapped(config: RunConfig, *rest: object, **named: object) -> Front:
        net = {"width": 8, "depth": 2} if config.net in (AUTO, "dscnn") else config.net_options
        trials = 3 if named.get("resume") else 2
        update = {
            "net_options": net,
            "trials": trials,
            "space": {**config.space, "epochs": (1.0, 1.0)},
        }
        return run(config.model_copy(update=update), *rest, **named)

    return wrapped


def write_data(folder: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(30) % 3
    x = (y[:, None, None] + rng.normal(0, 0.3, (30, 2, 20))).astype(np.float32)
    for name in ("mine.npz", "ERing.npz"):
        np.savez(folder / name, X_train=x, y_train=y, X_test=x, y_test=y)
    speed = x.mean(axis=(1, 2))
    np.savez(folder / "speeds.npz", X_train=x, y_train=speed, X_test=x, y_test=speed)
    (folder / "ERing").mkdir()
    for part in ("TRAIN", "TEST"):
        rows = [
            f"{','.join(map(str, c[0]))}:{','.join(map(str, c[1]))}:{k}"
            for c, k in zip(x, y, strict=True)
        ]
        head = "@problemName ERing\n@univariate false\n@classLabel true 0 1 2\n@data\n"
        (folder / f"ERing/ERing_{part}.ts").write_text(head + "\n".join(rows) + "\n")
    (folder / "examples").symlink_to(ROOT / "examples")
    write = runpy.run_path(str(ROOT / "examples/recordings.py"))["main"]
    write("recordings", 4, 8)
    write("new-recordings", 1, 8)


def write_modules(page: Path) -> None:
    """The files that a page shows: code whose first line is a comment with its path."""
    shown = r"```(?:python|toml)\n# (\S+\.(?:py|toml))\n(.*?)```"
    for path, code in re.findall(shown, page.read_text(), re.DOTALL):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(code)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_commands_run(page: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_modules(page)
    for command in commands(page):
        words = shlex.split(with_a_trial(command))
        if words[0] == "python":
            subprocess.run([sys.executable, *words[1:]], check=True, timeout=60)
        elif any(mark in command for mark in ELSEWHERE):
            check_flags(words[1:])
        else:
            prepare(words[1:])
            code = main(words[1:])
            assert code == 0, f"{command}: {code}, {capsys.readouterr().err}"


def with_a_trial(command: str) -> str:
    """The trial that a page names stands for one that is in the front."""
    point = json.loads(Path("runs/digits/front.json").read_text())["front"][0]
    return re.sub(r"--trial \d+", f"--trial {point['number']}", command)


def check_flags(words: list[str]) -> None:
    """That the command exists and knows each option."""
    command, rest = typer.main.get_command(app), list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known


def prepare(words: list[str]) -> None:
    """A new search or export wants a new folder, a prediction cases of the network's shape."""
    if words[0] in ("search", "export") and "--resume" not in words:
        stem = Path(words[1]).stem
        form = words[words.index("--format") + 1] if "--format" in words else "c"
        usual = f"runs/{stem}" if words[0] == "search" else f"{stem}_{form}"
        name = words[words.index("--out") + 1] if "--out" in words else usual
        shutil.rmtree(Path(name), ignore_errors=True)
    if words[0] == "predict" and words[2] == "new.npz":
        shape = select_network(Path(words[1])).network.recipe.input_shape
        np.savez("new.npz", X=np.zeros((4, *shape), np.float32))
    if len(words) > 1 and words[1].endswith(".tflite"):
        Path(words[1]).write_bytes(series_net().content())
    elif words[0] == "measure":
        shutil.rmtree("made", ignore_errors=True)
        assert main(["export", "runs/digits", "--format", "onnx", "--out", "made"]) == 0
        (found,) = Path("made").glob("*.onnx")
        shutil.copy(found, words[1])
