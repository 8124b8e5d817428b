from pathlib import Path

import pytest

from tinypareto.cli.next_steps import next_steps
from tinypareto.resources import Limits
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_point import FrontPoint


def front(folder: Path, *points: FrontPoint) -> Front:
    return build_front(
        points,
        Limits(),
        dataset="digits",
        net="auto",
        select_on="validation",
        selection="a part",
        trials=8,
        folder=folder,
    )


POINT = FrontPoint(
    number=7,
    params={},
    score=0.912,
    score_float=0.9,
    score_search=0.9,
    rom_bytes=52_300,
    ram_bytes=1_024,
    flops=1_200_000,
    latency_ms=4.37,
    path="trials/0007",
)


def test_the_recommended_network_is_one_line_and_the_commands_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert next_steps(front(tmp_path / "runs" / "my digits", POINT)) == [
        "recommended: trial 7: accuracy 91.2% (int8, test), ROM 52.3 KB, RAM 1.0 KB, "
        "FLOPs 1.2 M, latency 4.37 ms (estimate)",
        "next, with this network:",
        "  tinypareto verify 'runs/my digits'",
        "  tinypareto export 'runs/my digits' --format arduino",
        "  tinypareto report 'runs/my digits'",
    ]


def test_a_folder_elsewhere_keeps_its_whole_path(tmp_path: Path) -> None:
    assert next_steps(front(tmp_path, POINT))[2] == f"  tinypareto verify {tmp_path}"


def test_without_a_network_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert next_steps(front(tmp_path)) == []
