import io
from pathlib import Path
from typing import Literal

from rich.console import Console

from tinypareto.cli.front_table import front_table
from tinypareto.resources import Limits
from tinypareto.results.front import NO_LEAST, build_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.results.listed import LeastScore
from tinypareto.tasks.baseline import Baseline


def shown(
    select_on: Literal["validation", "test"],
    *points: FrontPoint,
    least: LeastScore = NO_LEAST,
) -> str:
    front = build_front(
        points,
        Limits(32_000, 8_000, 2_000_000),
        dataset="digits",
        net="dscnn",
        select_on=select_on,
        selection="some part [x]",
        trials=40,
        folder=Path("runs/digits"),
        least=least,
        baselines=(Baseline(name="ridge", score=0.85), Baseline(name="1-NN", score=0.93)),
    )
    stream = io.StringIO()
    Console(file=stream, width=160).print(front_table(front))
    return stream.getvalue()


def point(number: int, accuracy: float, rom: int) -> FrontPoint:
    return FrontPoint(
        number=number,
        params={},
        score=accuracy,
        score_float=0.99,
        score_search=accuracy,
        rom_bytes=rom,
        ram_bytes=5_120,
        flops=1_230_000,
        path=f"trials/{number:04d}",
    )


def test_rows_are_sorted_and_carry_units() -> None:
    text = shown("validation", point(3, 0.9, 4_500), point(17, 0.975, 30_000))
    rows = [line for line in text.splitlines() if line.startswith("│")]
    assert [row.split("│")[1].strip() for row in rows] == ["* 17", "3"]
    for cell in ("97.5%", "99.0%", "30.0 KB", "5.1 KB", "1.2 M"):
        assert cell in rows[0]


def test_the_note_says_what_steered_and_from_how_many() -> None:
    text = shown("validation", point(3, 0.9, 4_500))
    assert "1 network from 40 trials" in text
    assert "selected on some part [x]" in text
    assert "*: recommended" in text
    assert "WARNING" not in text


def test_the_papers_protocol_is_marked() -> None:
    assert "WARNING: the test split steered this search" in shown("test", point(3, 0.9, 4_500))


def test_no_network_says_what_to_do() -> None:
    assert "no feasible network: raise the limits" in shown("validation")


def test_all_metrics_are_columns_and_a_class_that_is_never_found_is_a_warning() -> None:
    merits = {"accuracy": 0.9, "balanced_accuracy": 0.71, "macro_f1": 0.64}
    blind = point(3, 0.9, 4_500).model_copy(
        update={"metrics": merits, "never_found": ("fault", *"abcdef")}
    )
    text = shown("validation", blind)
    row = next(line for line in text.splitlines() if line.startswith("│"))
    assert "71.0%" in row
    assert "64.0%" in row
    assert "finds no test case of class fault, a, b, c, d and 2 more; try --metric balanced" in text
    assert "WARNING" not in shown("validation", point(3, 0.9, 4_500))


def test_the_rank_correlation_is_shown_where_it_is_known() -> None:
    points = [point(n, share, 4_500 + n) for n, share in enumerate([0.7, 0.8, 0.9])]
    text = shown("validation", *points)
    assert "rank correlation of search and test accuracy: 1.00 (Spearman" in text
    assert "rank correlation" not in shown("validation", *points[:2])


def test_networks_that_are_all_too_poor_are_told_apart_from_ones_too_large() -> None:
    text = shown("validation", point(3, 0.5, 4_500), least=LeastScore(0.9))
    assert "no network with a search accuracy above 90.0%: 1 within the limits" in text
    assert "try a lower --min-accuracy" in text


def test_latency_has_a_column_where_it_was_estimated() -> None:
    timed = point(3, 0.9, 4_500).model_copy(update={"latency_ms": 4.371})
    assert "4.37 ms" in shown("validation", timed)
    assert "latency" not in shown("validation", point(3, 0.9, 4_500))


def test_simple_models_stand_under_the_networks_best_first() -> None:
    text = shown("validation", point(3, 0.95, 4_500))
    assert "simple models on the same split (test): 1-NN 93.0%, ridge 85.0%" in text
    assert "*: below" not in text


def test_a_network_below_a_simple_model_says_so_and_what_to_try() -> None:
    text = shown("validation", point(3, 0.9, 4_500))
    assert "*: below 1-NN: try more trials" in text
