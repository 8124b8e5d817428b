from pathlib import Path

import pytest

pytest.importorskip("botorch", reason="BoTorch is not installed")
from tinypareto.bench.compare import checkpoint_rows, checkpoints, compare, read_rows
from tinypareto.bench.problem import Problem
from tinypareto.bench.problems import PROBLEMS, TinyMLSynthetic
from tinypareto.bench.solvers import SOLVERS, models
from tinypareto.bench.study import STARTUP_TRIALS, from_log, log_kept, run, to_log
from tinypareto.errors import ConfigError

PROBLEM = TinyMLSynthetic(layers=2)
CONSTRAINED = PROBLEMS["c2dtlz2"]()


def test_checkpoints_end_with_the_last_trial() -> None:
    assert checkpoints(25) == [10, 20, 25]
    assert checkpoints(40) == [10, 20, 30, 40]


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_runs_from_the_same_first_points(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer of two objectives on BoTorch, with few restarts, asks in a second."""
    monkeypatch.setattr(models, "RESTARTS", 1)
    monkeypatch.setattr(models, "RAW_SAMPLES", 8)
    botorch = solver in ("nehvi", "nparego", "parego", "turbo", "morbo")
    problem: Problem = CONSTRAINED if botorch else PROBLEM
    found = run(problem, SOLVERS[solver], 0, STARTUP_TRIALS + 1)
    first = run(problem, SOLVERS["random"], 0, STARTUP_TRIALS)
    assert found.values[:STARTUP_TRIALS] == pytest.approx(first.values)
    *_, row = checkpoint_rows(found)
    assert row["n"] == str(STARTUP_TRIALS + 1)
    assert 0.0 <= float(row["hypervolume"]) <= float(row["best"]) <= 1.0


def test_log_kept_shares_are_the_same_candidates() -> None:
    params = {"epochs": 20, **dict.fromkeys(PROBLEM.kept, 0.75)}
    there = to_log(PROBLEM, params)
    space = log_kept(PROBLEM)
    assert all(space[name]._contains(there[name]) for name in PROBLEM.kept)
    assert there["epochs"] == params["epochs"]
    assert from_log(PROBLEM, there) == pytest.approx(params)


def test_a_csv_is_continued(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    first = list(compare({"made": PROBLEM}, ["random"], 1, 20, out))
    assert [row["n"] for row in first] == ["10", "20"]
    more = list(compare({"made": PROBLEM}, ["random", "nsga2"], 2, 30, out))
    assert [(r["solver"], r["seed"], r["n"]) for r in more][:3] == [
        ("random", "0", "30"),
        ("nsga2", "0", "10"),
        ("nsga2", "0", "20"),
    ]
    assert not list(compare({"made": PROBLEM}, ["random"], 2, 30, out))
    assert len(read_rows(out)) == 12


def test_unknown_solver(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown solver 'gpp'; did you mean 'gp'"):
        list(compare({"made": PROBLEM}, ["gpp"], 1, 20, tmp_path / "r.csv"))
