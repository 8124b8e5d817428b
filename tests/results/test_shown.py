import builtins
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from tinypareto.errors import ConfigError, ResultFolderError
from tinypareto.resources import Limits
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_point import FrontPoint

matplotlib.use("Agg")


def point(number: int, score: float, size: int) -> FrontPoint:
    return FrontPoint(
        number=number,
        params={"net": "dscnn", "epochs": 12, "sparsity/stem": 0.25},
        score=score,
        score_float=score,
        score_search=score,
        rom_bytes=size,
        ram_bytes=size,
        flops=size,
        metrics={"accuracy": score, "macro_f1": score / 2},
        path=f"trials/{number:04d}",
    )


def front(*points: FrontPoint, folder: Path = Path("runs/mine")) -> Front:
    return build_front(
        points,
        Limits(10_000, 10_000, 10_000),
        dataset="<mine>",
        net="auto",
        select_on="validation",
        selection="a part",
        trials=9,
        folder=folder,
    )


BOTH = front(point(3, 0.9, 4_500), point(4, 0.5, 1_000))


def test_the_representation_is_a_line_that_says_what_was_found() -> None:
    assert repr(BOTH) == (
        "<Front of <mine>: 2 networks from 9 trials; recommended: trial 3, accuracy (int8, test) "
        "90.0%, accuracy (search) 90.0%, ROM 4.5 KB, RAM 4.5 KB, FLOPs 4.5 K, net dscnn; in "
        "runs/mine>"
    )
    assert str(BOTH) == repr(BOTH)
    assert repr(front()) == "<Front of <mine>: 0 networks from 9 trials; in runs/mine>"


def test_a_notebook_shows_a_table_with_the_recommended_network_in_bold() -> None:
    html = BOTH._repr_html_()
    assert html.count("<tr") == 3
    assert html.count("bold") == 1
    assert "<td>4.5 KB</td>" in html
    assert "&lt;mine&gt;" in html
    assert "<mine>" not in html
    assert front()._repr_html_().count("<tr") == 1


def test_a_data_frame_has_a_row_for_each_network() -> None:
    frame = BOTH.to_pandas()
    assert frame["number"].tolist() == [3, 4]
    assert frame["recommended"].tolist() == [True, False]
    assert frame["accuracy"].tolist() == [0.9, 0.5]
    assert frame["macro_f1"].tolist() == [0.45, 0.25]
    assert frame["sparsity/stem"].tolist() == [0.25, 0.25]
    assert not {"params", "metrics", "score"} & set(frame.columns)


@pytest.mark.parametrize("x", ["rom", "ram", "flops"])
def test_a_plot_shows_every_network(x: str) -> None:
    from matplotlib.figure import Figure

    axes = BOTH.plot(x, Figure().subplots())
    assert [text.get_text() for text in axes.texts] == ["3", "4"]
    assert axes.get_ylabel() == "accuracy (int8, test)"


def test_what_cannot_be_plotted_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"got x='romm'; wanted one of rom, ram, flops, latency"):
        BOTH.plot("romm")
    with pytest.raises(ConfigError, match="this search estimated no latency"):
        BOTH.plot("latency")


@pytest.mark.parametrize(
    ("package", "method"), [("pandas", Front.to_pandas), ("matplotlib", Front.plot)]
)
def test_a_missing_package_is_one_line(
    package: str, method: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(name)
        return ordinary(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=rf"{package} is not installed; run: pip install"):
        method(BOTH)


def test_a_front_without_its_folder_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(ResultFolderError, match=r"gone: no such folder"):
        front(folder=tmp_path / "gone").report()
