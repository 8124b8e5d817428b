"""Regression through every command: search, resume, verify, export, predict and report."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import tinypareto
from tinypareto.cli import main

SCHEMA = Path(__file__).parents[2] / "docs" / "front.schema.json"
OPTIONS = ("--task", "regression", "--trials", "3", "--seed", "1", "--no-report")
SPACE = """
net = "dscnn"
net_options = {width = 8, depth = 1}
[space]
epochs = 12
"""
Capture = pytest.CaptureFixture[str]


def waves(cases: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sine waves of a frequency and an amplitude in units that differ by a million."""
    rng = np.random.default_rng(seed)
    frequency, amplitude, phase = rng.uniform([1, 0.5, 0], [6, 2, 6.28], (cases, 3)).T[..., None]
    x = amplitude * np.sin(2 * np.pi * frequency * np.arange(32) / 32 + phase)
    return x[:, None], np.hstack([100 * frequency, 1e-4 * amplitude])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("waves")
    (x, y), (x_test, y_test) = waves(500, 0), waves(60, 1)
    names = ["frequency", "amplitude"]
    np.savez(
        folder / "two.npz", X_train=x, X_test=x_test, y_train=y, y_test=y_test, target_names=names
    )
    np.savez(folder / "one.npz", X_train=x, X_test=x_test, y_train=y[:, 0], y_test=y_test[:, 0])
    for name in ("one", "two"):
        (folder / f"{name}.toml").write_text(f'dataset = "{name}.npz"\n{SPACE}')
    return folder


@pytest.fixture(scope="module")
def run(data: Path) -> Path:
    out = data / "run"
    assert main(["search", str(data / "two.toml"), "--out", str(out), *OPTIONS]) == 0
    return out


def test_the_front_is_scored_by_r2(run: Path, data: Path) -> None:
    written = json.loads((run / "front.json").read_text())
    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    assert (written["task"], written["objectives"][0]) == ("regression", "r2")
    best = written["front"][0]
    assert best["r2"] > 0.3
    assert abs(best["r2"] - best["r2_float"]) < 0.05
    assert {baseline["name"] for baseline in written["baselines"]} >= {"mean", "ridge"}
    network = tinypareto.load_network(run / best["path"])
    x, y = waves(60, 1)
    assert network.score(x, y) == pytest.approx(best["r2"], abs=1e-6)
    assert network.predict(x).std(axis=0) == pytest.approx(y.std(axis=0), rel=0.8)


def test_networks_are_compared_in_pairs(run: Path) -> None:
    points = json.loads((run / "front.json").read_text())["front"]
    assert all(point["difference_error"] is not None for point in points)


def test_a_search_goes_on(run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(run, again)
    assert main(["search", str(again), "--resume", "--trials", "4", "--no-report"]) == 0
    assert json.loads((again / "front.json").read_text())["trials"] == 4


def test_one_target_has_its_error_in_the_table(data: Path, tmp_path: Path, capsys: Capture) -> None:
    out = str(tmp_path / "run")
    assert main(["search", str(data / "one.toml"), "--out", out, *OPTIONS]) == 0
    assert "mae" in capsys.readouterr().out
    assert main(["report", out]) == 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<th>r2<br>int8 (test)</th>" in page
    assert "Objectives: r2, rom, ram, flops." in page
    assert "accuracy" not in page[page.index("<main") : page.index("</main>")]


def test_predictions_are_in_the_units_of_the_targets(
    run: Path, data: Path, capsys: Capture
) -> None:
    assert main(["predict", str(run), str(data / "two.npz")]) == 0
    captured = capsys.readouterr()
    rows = list(csv.DictReader(captured.out.splitlines()))
    assert list(rows[0]) == ["case", "frequency", "amplitude"]
    assert 0 < float(rows[0]["amplitude"]) < 1e-3
    assert 50 < float(rows[0]["frequency"]) < 700
    assert "R2 of trial" in captured.err
    assert main(["predict", str(run), str(data / "two.npz"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["r2"] > 0
    assert said["values"]["frequency"][0] == pytest.approx(float(rows[0]["frequency"]))


def test_the_exported_programs_print_the_same_values(
    run: Path, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["predict", str(run), str(data / "two.npz")]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))[:3]
    wanted = [float(row[name]) for row in rows for name in ("frequency", "amplitude")]
    given = " ".join(f"{value:.9g}" for value in waves(60, 1)[0][:3].ravel())
    assert main(["export", str(run), "--format", "python", "--out", str(tmp_path / "python")]) == 0
    commands = [[sys.executable, "estimate.py"]]
    assert main(["export", str(run), "--format", "c", "--out", str(tmp_path / "c")]) == 0
    assert "## R2" in (tmp_path / "c" / "README.md").read_text()
    if shutil.which("make") and shutil.which("cc"):
        subprocess.run(["make", "-s"], cwd=tmp_path / "c", check=True)
        commands.append(["./estimate"])
    for command in commands:
        folder = tmp_path / ("c" if command == ["./estimate"] else "python")
        said = subprocess.run(
            command, cwd=folder, input=given, capture_output=True, text=True, check=True
        ).stdout
        printed = [float(line.split()[0]) for line in said.splitlines()]
        np.testing.assert_allclose(printed, wanted, rtol=1e-4)


@pytest.mark.device
def test_the_emulated_chip_answers_as_python(run: Path) -> None:
    assert main(["verify", str(run)]) == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["search", "one.npz"], "give --task regression"),
        (["search", "two.npz"], "give --task regression"),
        (["search", "digits", "--task", "regression"], "digits: holds classes"),
        (["search", "one.npz", "--task", "regresion"], "did you mean 'regression'?"),
        (["search", "one.npz", *OPTIONS, "--metric", "macro_f1"], "wanted r2"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(
    command: list[str],
    said: str,
    data: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(data)
    assert main([*command, "--out", str(tmp_path / "out")]) != 0
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
