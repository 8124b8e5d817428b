"""The export matrix: every format of the registry, with a network for series and one for images."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from runs import HOSTILE, NETS, SHIMS, TRIAL, check_output, make_run

from tinypareto.cli import main
from tinypareto.deploy.export import CASES, export
from tinypareto.deploy.selection import SelectedNetwork
from tinypareto.export import FORMATS
from tinypareto.targets.host import find_compiler

pytestmark = pytest.mark.device
LIBRARIES = {"onnx": "onnxruntime", "tflite": "ai_edge_litert"}
EXAMPLES = ("classify.c", "Classify.ino", "main.cpp", "main.c")
C99 = ("-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O1")
CPP = ("-std=c++11", "-Wall", "-Wextra", "-Werror", "-O1", "-x", "c++")


@pytest.fixture(scope="module", params=list(NETS))
def found(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> SelectedNetwork:
    folder = tmp_path_factory.mktemp(request.param)
    return make_run(folder / "run", request.param, dataset_name=HOSTILE)


@pytest.fixture(scope="module", params=list(FORMATS))
def exported(
    request: pytest.FixtureRequest, found: SelectedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    if library := LIBRARIES.get(request.param):
        pytest.importorskip(library, reason=f"{library} is not installed")
    out = tmp_path_factory.mktemp("exports") / str(request.param)
    files = export(found.front.folder, out, request.param)
    assert sorted(files) == sorted(path for path in out.rglob("*") if path.is_file())
    return out


def test_no_name_of_a_user_is_a_path_or_an_identifier(exported: Path) -> None:
    for path in exported.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", path.name)
    for path in (*exported.rglob("*.[ch]"), *exported.rglob("*.pdsc"), *exported.rglob("*.cpp")):
        assert HOSTILE not in path.read_text()


def test_the_readme_says_what_one_must_know(exported: Path, found: SelectedNetwork) -> None:
    text = (exported / "README.md").read_text()
    for said in (
        f"trial {TRIAL}",
        "seed 5",
        f"| int8 (this one) | test split | {found.point.accuracy:.4f} |",
        "a part of the training data",
        f"{found.point.rom_bytes} bytes",
        f"{found.point.ram_bytes} bytes",
        "Apache License 2.0",
    ):
        assert said in text
    assert "Apache License" in (exported / "LICENSE").read_text()


def test_the_worked_example_is_what_the_network_gets(
    exported: Path, found: SelectedNetwork
) -> None:
    text = (exported / "README.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \S+ \| \S+ \| (\S+) \| (\S+) \|$", text, re.MULTILINE)
    shape = found.network.recipe.input_shape
    assert len(rows) == shape[0]
    raw = np.array([float(value) for _, value, _ in rows], np.float32)
    x = np.broadcast_to(raw.reshape(1, -1, *(1,) * (len(shape) - 1)), (1, *shape))
    wanted = found.network.to_int8(x)[0, 0, 0]
    assert [int(step) for _, _, step in rows] == wanted.tolist()
    assert (np.abs(wanted) < 127).all()


def test_the_self_test_passes_where_there_is_one(exported: Path, tmp_path: Path) -> None:
    for source in exported.rglob("selftest.c"):
        said = check_output([str(build(exported, source, tmp_path))], tmp_path)
        assert re.fullmatch(r"(\d+) of \1 checks passed\n", said)
        assert int(said.split()[0]) > CASES


def test_the_example_prints_the_classes(
    exported: Path, found: SelectedNetwork, tmp_path: Path
) -> None:
    assert found.dataset
    x = found.dataset.x_test[:4]
    values = np.moveaxis(x, 1, -1)
    as_text = " ".join(f"{value:g}" for value in values.ravel()).encode()
    for source in (path for path in exported.rglob("*") if path.name in EXAMPLES):
        by_bytes = len(x.shape) == 4 and source.name != "classify.c"
        given = values.astype("<f4").tobytes() if by_bytes else as_text
        said = check_output([str(build(exported, source, tmp_path))], tmp_path, given)
        printed = [int(line.split()[0]) for line in said.splitlines() if line[:1].isdigit()]
        assert printed == found.network.predict(x).tolist()


def test_the_script_prints_the_classes(exported: Path, found: SelectedNetwork) -> None:
    assert found.dataset
    x = found.dataset.x_test[:4]
    values = " ".join(f"{value:g}" for value in np.moveaxis(x, 1, -1).ravel()).encode()
    for script in exported.glob("classify.py"):
        said = check_output([sys.executable, str(script)], exported, values)
        printed = [int(line.split()[0]) for line in said.splitlines() if line[:1].isdigit()]
        assert printed == found.network.predict(x).tolist()


def build(exported: Path, source: Path, folder: Path) -> Path:
    """A program of the exported network and one more source, compiled without a warning."""
    series_channels = NETS["series"][2][0]
    channels = "".join(f"macro(0, 0, {at})" for at in range(series_channels))
    includes = [f"-I{exported / 'src'}", f"-I{SHIMS}", f"-DIO_CHANNELS(macro)={channels}"]
    network = folder / "model.o"
    model = str(exported / "src" / "model.c")
    check_output([*c_compiler(), *C99, "-c", "-o", str(network), model], folder)
    language = [*c_compiler(), *C99] if source.suffix == ".c" else [*cpp_compiler(), *CPP]
    program = folder / "program"
    sources = [str(source), "-x", "none", str(network)]
    check_output([*language, *includes, "-o", str(program), *sources, "-lm"], folder)
    return program


def c_compiler() -> tuple[str, ...]:
    return find_compiler() or pytest.skip("no C compiler: install one, or ziglang")


def cpp_compiler() -> tuple[str, ...]:
    found = shutil.which("c++") or shutil.which("clang++")
    return (found,) if found else pytest.skip("no C++ compiler")


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in FORMATS)
