import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from runs import make_run

from tinypareto.cli import main
from tinypareto.cli.output import say
from tinypareto.deploy.predictions import Predictions
from tinypareto.deploy.selection import SelectedNetwork

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SelectedNetwork:
    return make_run(tmp_path_factory.mktemp("labelling") / "run", "series")


@pytest.fixture
def cases() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 40, (5, 2, 24)).astype(np.float32)


def test_labels_names_and_accuracy(
    found: SelectedNetwork, cases: np.ndarray, tmp_path: Path, capsys: Capture
) -> None:
    wanted = found.network.predict(cases)
    y = wanted.copy()
    y[0] = (y[0] + 1) % 3
    np.savez(tmp_path / "new.npz", X=cases, y=y)
    command = ["predict", str(found.front.folder), str(tmp_path / "new.npz"), "--trial", "7"]
    assert main([*command, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["labels"] == wanted.tolist()
    assert said["classes"] == [found.network.recipe.class_names[at] for at in wanted]
    assert said["accuracy"] == 0.8
    assert main([*command, "--out", str(tmp_path / "out.csv")]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "accuracy of trial 7: 0.8000 (5 cases)" in captured.err
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["label"]) for row in rows] == wanted.tolist()
    assert [row["class"] for row in rows] == said["classes"]


def test_class_names_neither_are_formulas_nor_control_the_terminal(capsys: Capture) -> None:
    names = ("=1+1", "+x", "-x", "@x", "-1", "+2.5", "plain", "\x1b[31m")
    done = Predictions(7, np.arange(len(names)), names, None)
    cells = [row[2] for row in csv.reader(io.StringIO(done.to_csv()))][1:]
    assert cells == ["'=1+1", "'+x", "'-x", "'@x", "-1", "+2.5", "plain", "\x1b[31m"]
    assert [row[:2] for row in csv.reader(io.StringIO(done.to_csv()))][1] == ["0", "0"]
    say(done.to_csv())
    assert "\x1b" not in capsys.readouterr().out


def test_a_data_set_of_a_search_is_read_too(
    found: SelectedNetwork, cases: np.ndarray, tmp_path: Path, capsys: Capture
) -> None:
    np.savez(tmp_path / "new.npz", X_train=cases, y_train=[0] * 5, X_test=cases[:2])
    assert main(["predict", str(found.front.folder), str(tmp_path / "new.npz")]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "case,label,class"
    assert len(list(csv.reader(captured.out.splitlines(keepends=True)))) == 3
    assert captured.err == ""


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": np.zeros((5, 2, 23))}, "one case has shape [2, 23], trial 7 takes [2, 24]"),
        ({"X": np.zeros((5, 24))}, "X has shape [5, 24]; wanted series"),
        ({"X": np.zeros((5, 2, 24)), "y": np.zeros(4)}, "X has 5 cases but y has 4 labels"),
        ({"x": np.zeros((5, 2, 24))}, "has neither X nor X_test"),
        ({"X": np.full((1, 2, 24), np.nan)}, "NaN"),
    ],
)
def test_bad_data_are_one_line(
    found: SelectedNetwork,
    arrays: dict[str, np.ndarray],
    said: str,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    np.savez(tmp_path / "new.npz", **arrays)  # type: ignore[arg-type]
    assert main(["predict", str(found.front.folder), str(tmp_path / "new.npz")]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
