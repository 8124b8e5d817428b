import json
from pathlib import Path
from typing import Any

import pytest

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.evaluation.search_cases import packed
from tinypareto.results.front import Front
from tinypareto.results.front_file import read_front
from tinypareto.study import finals

TRIALS = 3
OPTIONS: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": [2, 4], "batch_size": 10, "lr": 0.05},
    "seed": 3,
    "trials": TRIALS,
}
ANSWERS_AGAIN = Evaluator.answers_again


@pytest.fixture
def generous(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """A few trials have two further trainings; the fixture lists them by trial and repeat."""
    again: list[tuple[int, int]] = []

    def counting(self: Evaluator, *arguments: Any) -> str | None:
        again.append(arguments[3:])
        return ANSWERS_AGAIN(self, *arguments)

    monkeypatch.setattr(Evaluator, "answers_again", counting)
    monkeypatch.setattr(finals, "SHARE", 2 / TRIALS)
    return again


def search(data: Dataset, out: Path, **options: Any) -> Front:
    return tinypareto.search(data, out=str(out), **{**OPTIONS, **options})


def trained(out: Path, number: int) -> float:
    file = out / "trials" / f"{number:04d}" / "measurement.json"
    return float(json.loads(file.read_text())["accuracy_search"])


def test_finalists_are_trained_again_and_their_answers_are_scored_together(
    series: Dataset, tmp_path: Path, generous: list[tuple[int, int]]
) -> None:
    front = search(series, tmp_path / "run")
    assert len(generous) == 2
    assert {repeat for _, repeat in generous} <= {1, 2, 3}
    assert read_front(tmp_path / "run") == front
    numbers = {number for number, _ in generous}
    for point in front.points:
        assert (point.number in numbers) or point.score_search == trained(
            tmp_path / "run", point.number
        )
    # What was trained again had its score from 120 cases, now from more.
    assert all(point.difference_error is not None for point in front.points)


def test_interrupted_finals_end_with_the_same_front(
    series: Dataset,
    tmp_path: Path,
    generous: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = search(series, tmp_path / "whole")
    first = list(generous)

    def broken(self: Evaluator, *arguments: Any) -> str | None:
        if arguments[3:] == first[1]:
            raise KeyboardInterrupt
        return ANSWERS_AGAIN(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Evaluator, "answers_again", broken)
        with pytest.raises(KeyboardInterrupt):
            search(series, tmp_path / "run")
    generous.clear()
    resumed = search(series, tmp_path / "run", resume=True)
    assert generous == first[1:]
    assert resumed.points == whole.points


def test_a_candidate_that_answers_all_wrong_again_loses_its_place(
    series: Dataset, tmp_path: Path, generous: list[tuple[int, int]], monkeypatch: Any
) -> None:
    wrong = packed((series.y_train[[0] * 120] + 1) % 3)
    monkeypatch.setattr(Evaluator, "answers_again", lambda *_: wrong)
    front = search(series, tmp_path / "run")
    again = [p for p in front.points if p.score_search != trained(tmp_path / "run", p.number)]
    assert all(p.score_search < trained(tmp_path / "run", p.number) for p in again)


@pytest.mark.parametrize("options", [{"select_on": "test"}, {"early_stopping": True}])
def test_there_are_no_finals_where_the_test_split_steers_or_trials_are_few(
    options: dict[str, Any], series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        pytest.fail("trained again")

    monkeypatch.setattr(Evaluator, "answers_again", refused)
    assert search(series, tmp_path / "run", **options).trials == TRIALS


def test_a_failed_further_training_is_noted_and_changes_nothing(
    series: Dataset, tmp_path: Path, generous: list[tuple[int, int]], monkeypatch: Any
) -> None:
    def failing(*_: Any) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Evaluator, "answers_again", failing)
    front = search(series, tmp_path / "run")
    for point in front.points:
        assert point.score_search == trained(tmp_path / "run", point.number)
