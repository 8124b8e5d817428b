from pathlib import Path

import numpy as np
import pytest
from scipy.stats import wilcoxon

from tinypareto.bench.compare import Row
from tinypareto.bench.curves import draw_curves
from tinypareto.bench.report import (
    catching_up,
    margins,
    matrix,
    mean_ranks,
    paired_tests,
    ranking,
    table,
    trials_to_reach,
)


def rows(values: dict[str, list[float]], n: int = 20, problem: str = "made") -> list[Row]:
    return [
        {
            "problem": problem,
            "solver": solver,
            "seed": str(seed),
            "n": str(n),
            "hypervolume": str(value),
            "useful": "0.5",
            "best": "0.9",
            "ask_seconds": "0.1",
        }
        for solver, found in values.items()
        for seed, value in enumerate(found)
    ]


def test_table_is_sorted_by_the_last_hypervolume() -> None:
    found = rows({"gp": [0.1, 0.3], "ars": [0.4, 0.4]}) + rows({"gp": [0.0], "ars": [0.0]}, 10)
    head, _, first, second = table(found, "made")
    assert "hypervolume at 10 | hypervolume at 20" in head
    assert first.startswith("| ars (ours")
    assert "0.200 ± 0.100" in second


def test_mean_ranks_by_hand() -> None:
    ranks = mean_ranks(np.array([[0.3, 0.1, 0.2], [0.5, 0.5, 0.1]]))
    np.testing.assert_allclose(ranks, [1.25, 2.25, 2.5])


def test_only_cases_that_all_solvers_have_count() -> None:
    solvers, values = matrix(rows({"a": [0.1, 0.2, 0.3], "b": [0.4, 0.5]}), 20)
    assert solvers == ["a", "b"]
    np.testing.assert_array_equal(values, [[0.1, 0.4], [0.2, 0.5]])


def test_holm_by_hand() -> None:
    """The smallest of two p-values is doubled, the other one stays but is no smaller."""
    rng = np.random.default_rng(0)
    best = rng.random(10)
    values = np.column_stack([best, best - 0.1 - 0.01 * rng.random(10), rng.random(10), best])
    one, two = (wilcoxon(best, values[:, i]).pvalue for i in (1, 2))
    found = paired_tests(values, 0)
    assert found == pytest.approx([1.0, 2 * one, max(2 * one, two), 1.0])


def test_ranking_names_the_first_and_says_when_nothing_is_comparable() -> None:
    found = rows({"gp": [0.1, 0.2, 0.3], "ars": [0.2, 0.3, 0.4]})
    text = ranking(found, 20)
    assert "over 3 studies" in text[0]
    assert "against ars" in text[0]
    assert text[-2:] == ["| ars | 1.00 |  |", "| gp | 2.00 | 0.25 |"]
    assert ranking(found, 30) == ["No problem and seed with 30 trials of two solvers or more."]


def test_trials_to_reach_a_goal() -> None:
    found = rows({"gp": [0.1, 0.3]}, 10) + rows({"gp": [0.4, 0.6]}, 20)
    assert trials_to_reach(found, "made", "gp", 0.2) == 10
    assert trials_to_reach(found, "made", "gp", 0.5) == 20
    assert trials_to_reach(found, "made", "gp", 0.9) is None


def test_catching_up_with_the_best_peer() -> None:
    early = rows({"gp": [0.1], "tpe": [0.1], "ars": [0.2], "paper": [0.0]}, 10)
    late = rows({"gp": [0.2], "tpe": [0.1], "ars": [0.3], "paper": [0.1]}, 20)
    told, _ = catching_up([*early, *late], "made", 20)
    assert told == "Trials to reach gp at 20: ars 10, paper never"
    assert catching_up(rows({"ars": [0.1]}), "made", 20) == []


def test_margins_over_the_best_peer_are_tested_on_each_problem() -> None:
    peers = {"gp": [0.1, 0.2, 0.3], "tpe": [0.0, 0.0, 0.1]}
    found = rows({**peers, "gp-log-kept": [0.9], "ars": [0.2, 0.4, 0.6]}, 40) + rows(
        {"tpe": [0.9]}, 40, "other"
    )
    found += rows({"gp": [0.2, 0.2, 0.2], "tpe": [0.4, 0.4, 0.4], "ars": [0.5, 0.5]}, 50)
    _, _, early, late, _ = margins(found, "made", 50)
    assert early == "| 40 | gp | 2.00 x (p = 0.25) |"
    assert late == "| 50 | tpe | 1.25 x (p = 0.5) |"
    assert margins(rows(peers), "made", 20) == []
    assert margins(rows({"ars": [0.1]}), "made", 20) == []


def test_curves_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = rows({"gp": [0.1, 0.3]}, 10) + rows({"gp": [0.4, 0.6]}, 20)
    draw_curves([*found, *rows({"gp": [0.2]}, problem="other")], tmp_path / "curves.svg")
    assert (tmp_path / "curves.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
