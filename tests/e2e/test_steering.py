"""Whole searches by another figure of merit, and with a least score."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinypareto
from tinypareto.cli import main
from tinypareto.data.dataset import Dataset
from tinypareto.report import write_report
from tinypareto.results.front_file import read_front

OPTIONS: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": 6, "batch_size": 10, "lr": 0.05},
    "trials": 2,
    "seed": 1,
}


def test_a_search_by_balanced_accuracy_says_so_everywhere(
    series: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    kept = np.flatnonzero((series.y_test != 2) | (np.arange(len(series.y_test)) % 2 == 0))
    uneven = replace(series, x_test=series.x_test[kept], y_test=series.y_test[kept])
    front = tinypareto.search(uneven, out=str(out), metric="balanced_accuracy", **OPTIONS)
    assert read_front(out) == front
    written = json.loads((out / "front.json").read_text())
    best = written["front"][0]
    assert best["balanced_accuracy"] == best["metrics"]["balanced_accuracy"]
    assert {row["name"] for row in written["baselines"]} >= {"ridge"}
    assert all("balanced_accuracy" in row for row in written["baselines"])
    number = front.points[0].number
    details = json.loads((out / f"trials/{number:04d}/details.json").read_text())
    assert np.mean(details["recall"]) == pytest.approx(best["balanced_accuracy"])
    network = front.load(number)
    assert network.accuracy(uneven.x_test, uneven.y_test) == best["metrics"]["accuracy"]
    assert main(["front", str(out)]) == 0
    assert "balanced_accuracy" in capsys.readouterr().out
    assert "balanced accuracy" in write_report(out).read_text(encoding="utf-8")


def test_a_wish_that_no_network_reaches_leaves_none_and_may_be_lowered(
    series: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "run")
    # Two training cases have the wrong class, so no network is right on all.
    labels = series.y_train.copy()
    labels[:2] = (labels[:2] + 1) % 3
    data = replace(series, y_train=labels)
    front = tinypareto.search(data, out=out, min_accuracy="100%", **OPTIONS)
    assert (front.points, front.left_out) == ((), 2)
    assert main(["front", out]) == 0
    assert "try a lower --min-accuracy" in capsys.readouterr().out
    resumed = tinypareto.search(data, out=out, resume=True, min_accuracy=0.5)
    assert resumed.points
    assert resumed.min_score == 0.5


def test_a_metric_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "digits", "--metric", "auc"]) == 2
    assert "--metric: got 'auc'; wanted accuracy, balanced_accuracy" in capsys.readouterr().err
