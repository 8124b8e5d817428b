"""Every experiment in its smallest form; what they share."""

import csv
import json
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinypareto.cli import main
from tinypareto.errors import ConfigError
from tinypareto.nets.registry import find as find_net
from tinypareto.pareto import hypervolume
from tinypareto.reproduce import EXPERIMENTS
from tinypareto.reproduce.experiment import ExperimentRequest
from tinypareto.reproduce.figure3 import scene, value
from tinypareto.reproduce.output import read_paper, to_markdown, write
from tinypareto.reproduce.run_search import source_of
from tinypareto.reproduce.table1 import paper_values
from tinypareto.reproduce.table2 import mapped
from tinypareto.reproduce.trace import Trace

pytest.importorskip("matplotlib")
Capture = pytest.CaptureFixture[str]


def run(arguments: str) -> int:
    return main(["reproduce", *arguments.split()])


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_both_budgets_are_frozen_and_make_sense(name: str) -> None:
    text = (files("tinypareto.reproduce") / f"{name}.toml").read_text()
    frozen: dict[str, Any] = tomllib.loads(text)
    assert set(frozen) == {"small", "paper"}
    for settings in frozen.values():
        options = settings.get("search", {})
        if "net" in options:
            find_net(options["net"]).complete(options["net_options"])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One epoch a training."""
    frozen = ExperimentRequest.settings

    def settings(request: ExperimentRequest) -> dict[str, Any]:
        found = frozen(request)
        return {**found, "search": {**found["search"], "space": {"epochs": 1}}}

    monkeypatch.setattr(ExperimentRequest, "settings", settings)


@pytest.mark.usefixtures("short")
def test_table1_goes_on_where_it_was(series_file: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = f"table1 --dataset {series_file} --out {tmp_path / 'out'} --trials"
    assert run(f"{arguments} 1") == 0
    folder = tmp_path / "out"
    (first, second) = rows(folder / "table1.csv")
    assert (first["sampler"], second["sampler"], first["trials"]) == ("ars", "parego", "1")
    front = json.loads((folder / "searches/waves-ars-0/front.json").read_text())
    assert front["select_on"] == "test"
    wanted = {"rom_bytes": 1_000_000, "ram_bytes": 256_000, "flops": 10**9}
    assert front["limits"].items() >= wanted.items()
    assert float(first["hypervolume"]) == pytest.approx(front["hypervolume"])
    before = (folder / "searches/waves-ars-0/trials/0000/measurement.json").stat().st_mtime_ns
    capsys.readouterr()
    assert run(f"{arguments} 2 --json") == 0
    out, err = capsys.readouterr()
    assert [row["trials"] for row in json.loads(out)] == [2, 2]
    assert "trial 1/2" not in err
    after = (folder / "searches/waves-ars-0/trials/0000/measurement.json").stat().st_mtime_ns
    assert before == after
    text = (folder / "table1.md").read_text()
    assert "reached" not in text
    assert "the test split steers the search" in text
    assert "| waves | ars | 1 | 2 |" in text
    assert "epochs 1 to 1, lr 0.08 to 0.4, weight decay 0.0001 to 0.0001" in text
    assert (folder / "table1.png").read_bytes().startswith(b"\x89PNG")


def test_the_papers_figures_stand_beside_ours() -> None:
    assert paper_values("ERing", "parego")["hypervolume"] == 0.93
    assert paper_values("ERing", "ars")["rom_bytes"] == 100_256
    assert paper_values("waves", "ars") == {}
    assert len(read_paper("table1")) == 21


@pytest.mark.parametrize("strategy", ["ars", "random"])
def test_figure1_on_a_problem_without_training(strategy: str, tmp_path: Path) -> None:
    assert run(f"figure1 --dataset synthetic --trials 3 --seed 0 --seed 1 --out {tmp_path}") == 0
    found = [row for row in rows(tmp_path / "figure1.csv") if row["strategy"] == strategy]
    assert [row["seed"] for row in found] == ["0", "1"]
    study = tmp_path / "studies" / f"synthetic-{strategy}-1.csv"
    kept = study.stat().st_mtime_ns
    values = np.array([list(row.values()) for row in rows(study)], dtype=float)
    feasible = values[np.isfinite(values).all(axis=1)]
    assert float(found[1]["hypervolume at 3"]) == pytest.approx(hypervolume(feasible))
    command = f"figure1 --dataset synthetic --seed 1 --strategy {strategy} --trials 3"
    assert run(f"{command} --out {tmp_path}") == 0
    assert study.stat().st_mtime_ns == kept
    assert len(rows(tmp_path / "figure1.csv")) == 1
    text = (tmp_path / "figure1.md").read_text()
    wanted = "--budget small --seed 1 --dataset synthetic --strategy"
    assert f"`tinypareto reproduce figure1 {wanted} {strategy} --trials 3`" in text


def test_figure2_varies_one_setting_at_a_time(tmp_path: Path) -> None:
    assert run(f"figure2 --trials 2 --out {tmp_path}") == 0
    names = [row["strategy"] for row in rows(tmp_path / "figure2.csv")]
    assert names[:3] == ["N 10", "N 100", "N 300"]
    assert len(names) == 9
    # What the sweeps have in common is run once.
    assert len(list((tmp_path / "studies").iterdir())) == 7


def test_figure3_rolls_out_to_better_points() -> None:
    made = scene(0, 40, 50)
    near, far = made.walks
    assert value(near.states[:1])[0] == made.best == value(made.samples).min()
    assert near.states.shape == far.states.shape == (5, 2)
    best = near.states[1 + near.rewards.argmax()]
    assert value(best[None])[0] < made.best


def test_table2_maps_without_training(tmp_path: Path) -> None:
    request = ExperimentRequest("table2", "small", tmp_path)
    result = EXPERIMENTS["table2"].run(request)
    write(request, result)
    table = {row["model"]: row for row in rows(tmp_path / "table2.csv")}
    used = mapped(0)
    assert float(table["mcunet-in0"]["RAM, KB"]) == pytest.approx(used.ram_bytes / 1e3, abs=0.05)
    assert table["mcunet-in0"]["RAM, KB (paper's mapper)"] == "60.0"
    assert table["ours-small"]["int8 top-1, %"] == ""
    assert "not run" in (tmp_path / "table2.md").read_text()


def test_the_curve_skips_what_was_not_trained() -> None:
    nan = float("nan")
    trace = Trace("p", "s", 0, np.array([[nan] * 4, [0.5, 0.5, 0.5, 0.5], [nan] * 4, [0, 0, 0, 0]]))
    assert trace.curve == pytest.approx([0, 0.0625, 0.0625, 1])
    assert len(trace.front) == 1
    assert len(Trace("p", "s", 0, np.full((2, 4), nan)).front) == 0


def test_a_data_set_is_looked_for_in_the_folder(tmp_path: Path) -> None:
    assert source_of("ERing", tmp_path) == "uea:ERing"
    (tmp_path / "ERing.npz").touch()
    assert source_of("ERing", tmp_path) == str(tmp_path / "ERing.npz")
    assert (source_of("digits", None), source_of("a/b.npz", None)) == ("digits", "a/b.npz")


def test_cells_are_short() -> None:
    lines = to_markdown([{"a": 0.123456, "b": None, "c": 123456, "d": 12345.6}]).splitlines()
    assert lines[2] == "| 0.1235 |  | 123,456 | 12,346 |"


BAD = {
    "tabel1": "unknown experiment 'tabel1'; did you mean 'table1'?",
    "table1 --budget large": "--budget: got 'large'; wanted small or paper",
    "figure3 --dataset ERing": "reproduce figure3: has no datasets to set",
    "figure1 --strategy tep": "--strategy: unknown strategy 'tep'; did you mean 'tpe'?",
    "figure2 --dataset ERing": "--dataset: got 'ERing'; wanted synthetic or a table *.csv.gz",
    "table1 --dataset ERign": "did you mean ERing",
}


@pytest.mark.parametrize("arguments", BAD)
def test_bad_input_is_one_line(arguments: str, tmp_path: Path, capsys: Capture) -> None:
    assert run(f"{arguments} --out {tmp_path / 'out'}") == 2
    err = capsys.readouterr().err
    assert BAD[arguments] in err
    assert err.count("\n") == 1


def test_the_list(capsys: Capture) -> None:
    assert run("") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EXPERIMENTS)


def test_without_matplotlib_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(f"table2 --out {tmp_path / 'out'}") == 2
    assert "pip install 'tinypareto[figures]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no trials to set"):
        ExperimentRequest("figure3", "small", tmp_path, trials=3).settings()
