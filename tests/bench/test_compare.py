from pathlib import Path

import pytest

from tinypareto.bench.compare import SOLVERS, checkpoints, compare, read_rows, run, table
from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.errors import ConfigError

PROBLEM = TinyMLSynthetic(layers=2)


def test_checkpoints_end_with_the_last_trial() -> None:
    assert checkpoints(50) == [20, 40, 50]
    assert checkpoints(40) == [20, 40]


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_runs(solver: str) -> None:
    (row,) = run(PROBLEM, SOLVERS[solver][1](0, PROBLEM), 11)
    assert row["n"] == "11"
    assert 0.0 <= float(row["useful"]) <= 1.0
    assert 0.0 <= float(row["hypervolume"]) <= float(row["best"]) <= 1.0


def test_a_csv_is_continued_and_told_as_a_table(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    first = list(compare({"made": PROBLEM}, ["random"], 1, 20, out))
    assert [row["n"] for row in first] == ["20"]
    more = list(compare({"made": PROBLEM}, ["random", "nsga2"], 2, 30, out))
    assert [(r["solver"], r["seed"], r["n"]) for r in more][:3] == [
        ("random", "0", "30"),
        ("nsga2", "0", "20"),
        ("nsga2", "0", "30"),
    ]
    assert not list(compare({"made": PROBLEM}, ["random"], 2, 30, out))
    assert len(read_rows(out)) == 8
    head, _, *lines = table(read_rows(out), "made")
    assert "hypervolume at 30" in head
    assert len(lines) == 2


def test_unknown_solver(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown solver 'gpp'; did you mean 'gp'"):
        list(compare({"made": PROBLEM}, ["gpp"], 1, 20, tmp_path / "r.csv"))
