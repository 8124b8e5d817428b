import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runs import make_run

from tinypareto.cli import main
from tinypareto.cli.output import say
from tinypareto.config import FILE
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


def write_recordings(root: Path, names: list[str], rate: int = 50, header: str = "t,ax,ay") -> Path:
    for number, name in enumerate(names):
        path = root / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(number).normal(size=(48, 2))
        rows = [f"{i / rate},{a:.4f},{b:.4f}" for i, (a, b) in enumerate(values)]
        path.write_text("\n".join([header, *rows]) + "\n")
    return root


def said_of(found: SelectedNetwork, capsys: Capture, *words: str) -> dict[str, Any]:
    assert main(["predict", str(found.front.folder), *words, "--json"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_recordings_are_cut_into_windows_of_the_network(
    found: SelectedNetwork, tmp_path: Path, capsys: Capture
) -> None:
    root = write_recordings(tmp_path / "new", ["monday", "tuesday"])
    said = said_of(found, capsys, str(root))
    assert said["recordings"] == ["monday.csv"] * 3 + ["tuesday.csv"] * 3
    assert said["rows"] == [0, 12, 24] * 2
    assert said["accuracy"] is None
    one = said_of(found, capsys, str(root / "monday.csv"), "--data-option", "hop=24")
    assert one["labels"] == [said["labels"][0], said["labels"][2]]


def test_known_classes_of_recordings_give_an_accuracy(
    found: SelectedNetwork, tmp_path: Path, capsys: Capture
) -> None:
    names = [f"{name}/0" for name in found.network.recipe.class_names[:2]]
    said = said_of(found, capsys, str(write_recordings(tmp_path / "new", names)))
    assert said["accuracy"] == np.mean(
        [Path(r).parent.name == c for r, c in zip(said["recordings"], said["classes"], strict=True)]
    )


def test_the_settings_of_the_search_hold(
    found: SelectedNetwork, tmp_path: Path, capsys: Capture
) -> None:
    file = found.front.folder / FILE
    options = '[data_options]\nwindow = "480ms"\nlabel = "what"\nrate = "50"\nhop = 24\n'
    text = file.read_text()
    file.write_text(text.replace("[data_options]\n", options))
    root = write_recordings(tmp_path / "new", ["monday"], rate=100)
    command = ["predict", str(found.front.folder), str(root)]
    assert main(command) == 0
    captured = capsys.readouterr()
    # 48 rows at 100 Hz are 24 at 50 Hz.
    assert captured.out.splitlines()[1].endswith(",monday.csv,0")
    assert len(captured.out.splitlines()) == 2
    assert "1 recordings are resampled from 100 to 50 Hz" in captured.err
    file.write_text(text)


def test_other_recordings_and_data_are_refused_in_one_line(
    found: SelectedNetwork, tmp_path: Path, capsys: Capture
) -> None:
    root = write_recordings(tmp_path / "new", ["monday"])
    for words, said in (
        ([str(root), "--data-option", "columns=ax"], "one case has shape [1, 24], trial 7 takes"),
        (["digits"], "one case has shape [1, 8, 8]"),
        ([str(tmp_path / "none.csv")], "no such file or folder"),
        ([str(root), "--data-option", "windw=3"], "did you mean 'window'"),
    ):
        assert main(["predict", str(found.front.folder), *words]) == 2
        captured = capsys.readouterr()
        assert said in captured.err
        assert captured.err.count("\n") == 1
