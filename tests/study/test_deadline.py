from pathlib import Path
from typing import Any

import pytest

import tinypareto
from tinypareto.config import resolve
from tinypareto.config.model import MANY
from tinypareto.config.sources import from_flags
from tinypareto.data.dataset import Dataset
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.results.front_file import read_front
from tinypareto.study import finals, search_loop
from tinypareto.study.deadline import Deadline

OPTIONS: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": 1, "batch_size": 20},
    "seed": 3,
}


class After:
    """A time that is over after some looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property
    def passed(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def test_the_time_ends() -> None:
    readings = iter([5.0, 14.9, 15.0, 0.0])
    deadline = Deadline(10, lambda: next(readings))
    assert [deadline.passed, deadline.passed] == [False, True]
    assert not Deadline(None).passed


def test_no_trial_starts_after_the_time_and_the_finals_are_held(
    series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[int] = []
    answers_again = Evaluator.answers_again

    def counting(self: Evaluator, *arguments: Any) -> str | None:
        again.append(arguments[3])
        return answers_again(self, *arguments)

    monkeypatch.setattr(Evaluator, "answers_again", counting)
    monkeypatch.setattr(finals, "SHARE", 1.0)
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(search_loop, "Deadline", lambda seconds: After(4))
        front = tinypareto.search(series, out=str(out), time="1m", **OPTIONS)
    assert 0 < front.trials < 5
    assert again
    assert read_front(out) == front
    resumed = tinypareto.search(series, out=str(out), resume=True, trials=front.trials + 1)
    assert resumed.trials == front.trials + 1
    assert tinypareto.search(series, out=str(out), resume=True, trials=3).trials == resumed.trials


def test_a_time_that_is_over_at_once_leaves_a_folder_to_resume(
    series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(search_loop, "Deadline", lambda seconds: After(0))
        assert tinypareto.search(series, out=str(out), time="1s", **OPTIONS).trials == 0
    assert tinypareto.search(series, out=str(out), resume=True, trials=1).trials == 1


def test_a_time_stands_in_for_a_number_of_trials() -> None:
    assert resolve(from_flags({"dataset": "digits", "time": "10m"})).trials == MANY
    both = resolve(from_flags({"dataset": "digits", "time": "10m", "trials": 7}))
    assert (both.trials, both.time) == (7, 600.0)
