import io
from pathlib import Path
from typing import Literal

from rich.console import Console

from tinypareto.cli.front_table import front_table
from tinypareto.resources import Limits
from tinypareto.results.front import build_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.tasks.baseline import Baseline


def shown(select_on: Literal["validation", "test"], *points: FrontPoint) -> str:
    front = build_front(
        points,
        Limits(32_000, 8_000, 2_000_000),
        dataset="digits",
        net="dscnn",
        select_on=select_on,
        selection="some part [x]",
        trials=40,
        folder=Path("runs/digits"),
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
