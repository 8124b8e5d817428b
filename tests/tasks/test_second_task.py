"""A task that is not classification goes through a whole search by being registered."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_task import TOY, toy_data

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError, DataError
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.nets.spec import NetSpec
from tinypareto.results.front_file import read_front
from tinypareto.study.identity import fingerprint
from tinypareto.study.progress import Silent, Step, summary
from tinypareto.targets.boards import board
from tinypareto.tasks.registry import TASKS

OPTIONS: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": 8, "batch_size": 10, "lr": [0.01, 0.05]},
    "trials": 3,
    "seed": 1,
}


class Recorder(Silent):
    def __init__(self) -> None:
        self.steps: list[Step] = []

    def trial(self, step: Step) -> None:
        self.steps.append(step)


@pytest.fixture
def toy(series: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setitem(TASKS, TOY.name, TOY)
    return toy_data(series)


def measurements(out: Path) -> list[dict[str, Any]]:
    return [json.loads(f.read_text()) for f in sorted(out.glob("trials/*/measurement.json"))]


def test_a_search_minimizes_its_score_and_names_it_in_every_file(
    toy: Dataset, tmp_path: Path
) -> None:
    out, recorder = tmp_path / "run", Recorder()
    front = tinypareto.search(toy, out=str(out), reporter=recorder, **OPTIONS)
    scores = [point.score for point in front.points]
    searched = [point.score_search for point in front.points]
    assert searched == sorted(searched)
    assert scores[0] < 0.5
    written = json.loads((out / "front.json").read_text())
    assert (written["task"], written["objectives"][0]) == ("toy", "mse")
    assert [point["mse"] for point in written["front"]] == scores
    assert "accuracy" not in written["front"][0]
    again = read_front(out)
    assert again == front
    network = again.load(front.points[0].number)
    assert network.predict(toy.x_test).shape == toy.y_test.shape
    assert network.score(toy.x_test, toy.y_test) == scores[0]
    assert "CLASS_NAMES" not in network.c_files()["model.h"]
    for record in measurements(out):
        assert record["task"] == "toy"
        assert record["mse_search"] >= 0
        assert record["history"][-1]["mse"] < record["history"][0]["mse"]
    best = min(point.score_search for point in front.points)
    assert summary(recorder.steps[-1]).startswith(f"best {best:.4g},")


def test_its_trainings_are_reused_and_its_searches_resumed(toy: Dataset, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    options = {**OPTIONS, "early_stopping": True}
    tinypareto.search(toy, out=str(first), **options)
    tinypareto.search(toy, out=str(second), reuse=[str(first)], **{**options, "trials": 2})
    assert all(record["reused_from"] for record in measurements(second))
    resumed = tinypareto.search(toy, out=str(second), resume=True, trials=3)
    assert resumed.hypervolume == read_front(first).hypervolume


def test_programs_for_a_board_are_those_of_the_task(toy: Dataset) -> None:
    spec = NetSpec("dscnn", {"width": 8, "depth": 2}, toy.input_shape, toy.outputs)
    network = LinkedProgramProfiler(toy.class_names, board("nucleo-l4r5"), task=toy.task).untrained(
        spec, {}
    )
    assert network.predict(toy.x_test).shape == toy.y_test.shape
    assert "CLASS_NAMES" not in network.c_files()["model.h"]


def test_the_task_is_part_of_a_data_set(series: Dataset, toy: Dataset) -> None:
    with pytest.raises(DataError, match="wanted real targets"):
        tinypareto.search(replace(series, task=TOY.name), **OPTIONS)
    with pytest.raises(ConfigError, match="unknown task 'none'"):
        tinypareto.search(replace(series, task="none"), **OPTIONS)
    assert fingerprint(replace(series, task=TOY.name)) != fingerprint(series)
    assert np.issubdtype(toy.y_train.dtype, np.floating)
