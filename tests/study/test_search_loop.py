import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError, DataError, DivergedError, ResultFolderError, TrialError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluation, Evaluator
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits, Resources
from tinypareto.results.front import Front
from tinypareto.study import search_loop
from tinypareto.study.progress import Silent, Step
from tinypareto.training import early_stopping

SMALL: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": [1, 2], "batch_size": [16, 20]},
    "seed": 3,
}


class Recorder(Silent):
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.closed = 0

    def trial(self, step: Step) -> None:
        self.steps.append(step)

    def close(self) -> None:
        self.closed += 1


def search(dataset: Dataset, out: Path, trials: int, **options: Any) -> tuple[Front, Recorder]:
    recorder = Recorder()
    options = {**SMALL, **options}
    front = tinypareto.search(dataset, out=str(out), trials=trials, reporter=recorder, **options)
    return front, recorder


def trial_records(out: Path) -> dict[str, Any]:
    """What each trial measured, but for its duration."""
    records = {}
    for file in sorted(out.glob("trials/*/measurement.json")):
        records[file.parent.name] = json.loads(file.read_text()) | {"seconds": 0}
    return records


def test_a_front_has_loadable_networks(series: Dataset, tmp_path: Path) -> None:
    front, recorder = search(series, tmp_path / "run", 4)
    assert [step.number for step in recorder.steps] == [0, 1, 2, 3]
    assert recorder.closed == 1
    best = front.points[0]
    network = front.load(best.number)
    assert network.accuracy(series.x_test, series.y_test) == best.accuracy
    with pytest.raises(ResultFolderError, match="trial 77: is not in the front"):
        front.load(77)


def test_the_search_beats_nothing_by_chance_alone(series: Dataset, tmp_path: Path) -> None:
    options = {"space": {"epochs": 30, "batch_size": 10, "lr": 0.1}}
    front, _ = search(series, tmp_path / "run", 3, **options)
    assert front.points[0].accuracy > 0.8


def smallest(dataset: Dataset) -> tuple[CostModel, Resources]:
    """The cost model of the small search, and the least that its space needs."""
    spec = NetSpec("dscnn", SMALL["net_options"], dataset.input_shape, dataset.outputs)
    model = CostModel.from_spec(spec, Limits())
    return model, model.least(dict.fromkeys(model.layers, 0.95))


def test_what_cannot_fit_is_never_trained(
    series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(*_: object) -> None:
        pytest.fail("trained a candidate that breaks a limit")

    monkeypatch.setattr(Evaluator, "evaluate", evaluate)
    _, least = smallest(series)
    limits = Limits(least.rom_bytes, least.ram_bytes, least.flops)
    front, recorder = search(series, tmp_path / "run", 3, limits=limits, sampler="random")
    assert front.points == ()
    assert front.trials == 3
    assert {step.status for step in recorder.steps} == {"infeasible"}
    assert "ROM" in recorder.steps[0].note
    assert not list((tmp_path / "run").glob("trials/*"))


@pytest.mark.parametrize("short", ["rom", "ram", "flops"])
def test_limits_that_no_network_of_the_space_keeps_are_refused_at_once(
    short: str, series: Dataset, tmp_path: Path
) -> None:
    model, least = smallest(series)
    sizes = {"rom": least.rom_bytes, "ram": least.ram_bytes, "flops": least.flops}
    with pytest.raises(ConfigError, match=rf"{short}: got .* needs .*\({sizes[short]}\)"):
        search(series, tmp_path / "run", 1, **(sizes | {short: sizes[short] - 1}))
    assert not (tmp_path / "run").exists()
    # Exactly what the smallest network needs is possible.
    used = model.resources(model.channels(dict.fromkeys(model.layers, 0.95)))
    assert (used.rom_bytes, used.ram_bytes, used.flops) == tuple(sizes.values())
    assert search(series, tmp_path / "run", 1, **sizes)[0].trials == 1


def failing(numbers: set[int], error: Exception) -> Callable[..., Evaluation]:
    original = Evaluator.evaluate

    def evaluate(self: Evaluator, *arguments: Any) -> Evaluation:
        if arguments[3] in numbers:
            raise error
        return original(self, *arguments)

    return evaluate


@pytest.mark.parametrize(
    "error", [DivergedError("loss is nan"), MemoryError("16 GB"), RuntimeError("out of memory")]
)
def test_a_failed_trial_is_recorded_and_the_search_goes_on(
    error: Exception, series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Evaluator, "evaluate", failing({1}, error))
    front, recorder = search(series, tmp_path / "run", 3)
    assert [step.status for step in recorder.steps] == ["complete", "failed", "complete"]
    assert str(error) in recorder.steps[1].note
    assert front.trials == 3


def test_only_failures_end_the_search_with_their_cause(
    series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_loop, "ONLY_FAILURES", 2)
    monkeypatch.setattr(Evaluator, "evaluate", failing({0, 1}, DivergedError("loss is nan")))
    with pytest.raises(TrialError, match=r"first 2 trained candidates all failed.*loss is nan"):
        search(series, tmp_path / "run", 4)


@pytest.mark.parametrize("sampler", ["ars", "random"])
def test_an_interrupted_search_resumes_to_the_same_trials(
    sampler: str, series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = 12
    whole, _ = search(series, tmp_path / "whole", trials, sampler=sampler)
    out = tmp_path / "parts"
    search(series, out, 2, sampler=sampler)
    with monkeypatch.context() as patch:
        patch.setattr(Evaluator, "evaluate", failing({5}, KeyboardInterrupt()))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            search(series, out, trials, sampler=sampler, resume=True)
    assert tinypareto.Front.model_validate_json((out / "front.json").read_text()).trials == 5
    resumed, recorder = search(series, out, trials, sampler=sampler, resume=True)
    assert [step.number for step in recorder.steps] == list(range(5, trials))
    assert trial_records(out) == trial_records(tmp_path / "whole")
    assert resumed.points == whole.points


def test_a_taken_folder_is_refused(series: Dataset, tmp_path: Path) -> None:
    search(series, tmp_path / "run", 1)
    before = (tmp_path / "run" / "front.json").read_bytes()
    with pytest.raises(ResultFolderError, match="holds another run"):
        search(series, tmp_path / "run", 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(ResultFolderError, match="not empty"):
        search(series, tmp_path / "mine", 1)
    assert (tmp_path / "run" / "front.json").read_bytes() == before


def test_nothing_to_resume_is_refused(series: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ResultFolderError, match="no run to resume"):
        search(series, tmp_path / "none", 1, resume=True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("left", [None, b""])
def test_a_lost_study_is_not_trained_anew_in_silence(
    left: bytes | None, series: Dataset, tmp_path: Path
) -> None:
    search(series, tmp_path / "run", 2)
    file = tmp_path / "run/study.db"
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    with pytest.raises(ResultFolderError, match=r"study\.db: knows nothing of 2 trials.*--reuse"):
        search(series, tmp_path / "run", 3, resume=True)
    assert file.exists() == (left is not None)


def test_a_study_older_than_its_folder_is_refused(series: Dataset, tmp_path: Path) -> None:
    search(series, tmp_path / "run", 1)
    file = tmp_path / "run/study.db"
    older = file.read_bytes()
    search(series, tmp_path / "run", 2, resume=True)
    file.write_bytes(older)
    with pytest.raises(ResultFolderError, match="knows nothing of 1 trials"):
        search(series, tmp_path / "run", 3, resume=True)


@pytest.mark.parametrize("harm", ["folder", "weights"])
def test_a_resumed_search_does_not_list_a_trial_whose_files_are_gone(
    harm: str, series: Dataset, tmp_path: Path
) -> None:
    front, _ = search(series, tmp_path / "run", 1)
    trial = tmp_path / "run" / front.points[0].path
    shutil.rmtree(trial) if harm == "folder" else (trial / "model.safetensors").write_bytes(b"")
    with pytest.raises(ResultFolderError, match=r"trials/0000.*restore .* --reuse"):
        search(series, tmp_path / "run", 2, resume=True)


def test_arrays_in_memory_are_checked_like_a_file(series: Dataset, tmp_path: Path) -> None:
    wrong = replace(series, y_test=series.y_test + 1)
    with pytest.raises(DataError, match="waves: y_test has class 3 at index"):
        search(wrong, tmp_path / "run", 1)
    assert not (tmp_path / "run").exists()


def test_several_workers_share_a_study(series: Dataset, tmp_path: Path) -> None:
    front, recorder = search(series, tmp_path / "run", 5, workers=2)
    assert sorted(step.number for step in recorder.steps) == list(range(5))
    assert [step.done for step in recorder.steps] == [1, 2, 3, 4, 5]
    records = trial_records(tmp_path / "run")
    assert len({json.dumps(r["settings"]) for r in records.values()}) == len(records)
    assert front.load(front.points[0].number).accuracy(series.x_test, series.y_test) > 0


def test_a_resumed_run_keeps_its_options_and_refuses_others(
    series: Dataset, tmp_path: Path
) -> None:
    out = str(tmp_path / "run")
    search(series, tmp_path / "run", 1)
    with pytest.raises(ConfigError, match="seed: got 9 but the run in"):
        tinypareto.search(series, out=out, seed=9, resume=True)
    assert tinypareto.search(series, out=out, trials=2, resume=True).trials == 2


def test_hopeless_trials_are_stopped_and_resumed_runs_stop_the_same(
    series: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_stopping, "NEIGHBOURS", 2)
    options = {"early_stopping": True, "warm_start": True}
    whole, recorder = search(series, tmp_path / "whole", 8, **options)
    ends = [(step.number, step.status, step.note.split(" in ")[0]) for step in recorder.steps]
    assert {"complete", "stopped"} == {status for _, status, _ in ends}
    search(series, tmp_path / "parts", 5, **options)
    resumed, rest = search(series, tmp_path / "parts", 8, resume=True, **options)
    assert [(s.number, s.status, s.note.split(" in ")[0]) for s in rest.steps] == ends[5:]
    assert resumed.points == whole.points
