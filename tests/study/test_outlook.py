from pathlib import Path
from typing import Any

from tinypareto.config import resolve
from tinypareto.config.sources import from_arguments
from tinypareto.data.dataset import Dataset
from tinypareto.study.outlook import outlook
from tinypareto.study.progress import Silent
from tinypareto.study.search_loop import run
from tinypareto.study.worker import SearchContext


def lines(dataset: Dataset, out: Path, **options: Any) -> list[str]:
    values = {"dataset": "series", "out": str(out), **options}
    config = resolve(from_arguments(values), dataset=dataset)
    return outlook(SearchContext.from_config(config, dataset))


def test_families_and_parameters_are_counted(series: Dataset, tmp_path: Path) -> None:
    networks, _ = lines(series, tmp_path, net="resnet8", space={"lr": 0.1})
    assert networks == (
        "1 family of networks (resnet8), 10 parameters: 0 of the structure, 4 of the training, "
        "6 sparsities"
    )
    assert "families of networks (" in lines(series, tmp_path, net="auto")[0]


def test_trainings_are_those_of_the_folds_and_of_the_finals(
    series: Dataset, tmp_path: Path
) -> None:
    spent = lines(series, tmp_path, net="resnet8", trials=7)[1]
    assert spent.startswith("up to 7 trials of ")
    assert spent.endswith("then the best few again, with at most 20% of these trainings")
    chosen = lines(series, tmp_path, net="resnet8", select_on="test")[1]
    assert chosen == "up to 40 trials of 1 training"


def test_a_search_tells_its_plan_before_the_first_trial(series: Dataset, tmp_path: Path) -> None:
    told: list[str] = []

    class Recorder(Silent):
        def start(self, *_: object) -> None:
            told.append("first trial")

    config = resolve(
        from_arguments(
            {"dataset": "series", "out": str(tmp_path / "run"), "net": "resnet8", "trials": 1}
            | {"space": {"epochs": 1}}
        ),
        dataset=series,
    )
    run(config, series, Recorder(), resume=False, announce_plan=told.extend)
    assert [line.split()[0] for line in told] == ["1", "up", "first"]
