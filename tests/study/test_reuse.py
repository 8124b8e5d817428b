"""Trials of an earlier result folder that are not trained again."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import save_file

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError, ResultFolderError
from tinypareto.evaluation import evaluator
from tinypareto.results import measurement_file
from tinypareto.results.front import Front
from tinypareto.study.progress import Silent, Step
from tinypareto.study.reuse import PACKAGE, digest_of_code
from tinypareto.targets.host import find_compiler
from tinypareto.training import early_stopping

TRIALS = 4
OPTIONS: dict[str, Any] = {
    "net": "dscnn",
    "net_options": {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
    "space": {"epochs": [1, 3], "batch_size": [16, 20]},
    "trials": TRIALS,
    "seed": 3,
}
Search = Callable[..., tuple[Front, list[Step]]]


class Steps(Silent):
    def __init__(self) -> None:
        self.steps: list[Step] = []

    def trial(self, step: Step) -> None:
        self.steps.append(step)


@pytest.fixture(scope="module")
def earlier(series: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reuse") / "earlier"
    tinypareto.search(series, out=str(out), **OPTIONS)
    return out


@pytest.fixture
def search(series: Dataset, tmp_path: Path) -> Search:
    def run(dataset: Dataset = series, out: str = "again", **options: Any) -> Any:
        told = Steps()
        options = {"out": str(tmp_path / out), "reporter": told, **OPTIONS, **options}
        return tinypareto.search(dataset, **options), told.steps

    return run


@pytest.mark.parametrize(
    "file",
    [
        "errors.py",
        "study/worker.py",
        "training/engine/program.c",
        "graph/ops/kernels/arm_dsp/row.S",
    ],
)
def test_every_source_of_the_package_counts(file: str, tmp_path: Path) -> None:
    assert Path(tinypareto.__file__).parent == PACKAGE
    copy = tmp_path / "tinypareto"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert digest_of_code(copy) == digest_of_code(PACKAGE)
    with (copy / file).open("a") as source:
        source.write("\n")
    assert digest_of_code(copy) != digest_of_code(PACKAGE)


def statuses(steps: list[Step]) -> list[str]:
    return [step.status for step in steps]


def contents(out: Path) -> dict[str, Any]:
    """Every file of every trial; of a measurement what is not of its own evaluation."""
    files: dict[str, Any] = {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.glob("trials/**/*")
        if path.is_file()
    }
    for name in files:
        if name.endswith(measurement_file.FILE):
            files[name] = json.loads(files[name]) | {"seconds": 0, "reused_from": None}
    return files


@pytest.mark.parametrize("workers", [1, 2])
def test_an_equal_search_trains_nothing_and_gives_the_same_files(
    workers: int, earlier: Path, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "train", None)
    front, steps = search(reuse=[str(earlier)], workers=workers)
    assert statuses(steps) == ["reused"] * TRIALS
    assert (front.folder / "front.json").read_bytes() == (earlier / "front.json").read_bytes()
    assert contents(front.folder) == contents(earlier)
    for step in steps:
        place = f"trials/{step.number:04d}"
        record = json.loads((front.folder / place / measurement_file.FILE).read_text())
        assert record["reused_from"] == str(earlier / place)
        assert str(earlier / place) in step.note


def test_what_was_reused_can_be_reused_and_a_resumed_search_goes_on(
    series: Dataset, earlier: Path, search: Search, tmp_path: Path
) -> None:
    search(out="second", reuse=[str(earlier)], trials=2)
    _, steps = search(out="third", reuse=[str(tmp_path / "second"), str(earlier)])
    assert [step.note.rpartition(" from ")[2] for step in steps] == [
        str((tmp_path / "second" if number < 2 else earlier) / f"trials/{number:04d}")
        for number in range(TRIALS)
    ]
    shutil.rmtree(tmp_path / "second")
    front, steps = search(out="third", trials=TRIALS + 1, resume=True)
    whole, _ = search(out="whole", trials=TRIALS + 1)
    assert statuses(steps) == ["complete"]
    assert front.points == whole.points


def test_other_limits_and_another_number_of_trials_leave_the_training_as_it_was(
    earlier: Path, search: Search
) -> None:
    largest = max(json.loads(f.read_text())["resources"]["rom_bytes"] for f in records(earlier))
    front, steps = search(reuse=[str(earlier)], rom=f"{largest}B", trials=TRIALS + 1)
    assert statuses(steps) == ["reused"] * TRIALS + ["complete"]
    fresh, _ = search(out="fresh", rom=f"{largest}B", trials=TRIALS + 1)
    assert front.points == fresh.points


def records(out: Path) -> list[Path]:
    return sorted(out.glob(f"trials/*/{measurement_file.FILE}"))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"seed": 4}, "selection, seed;"),
        ({"select_on": "test"}, ": selection;"),
        ({"net_options": {"width": 9, "depth": 2}}, ": net_options;"),
        ({"threads": 2}, ": threads;"),
        ({"warm_start": True}, ": warm_start;"),
    ],
)
def test_a_folder_that_cannot_help_is_refused_and_told_why(
    changed: dict[str, Any], named: str, earlier: Path, search: Search, tmp_path: Path
) -> None:
    with pytest.raises(ResultFolderError, match=f"nothing in it can be reused.*{named}"):
        search(reuse=[str(earlier)], **changed)
    assert not (tmp_path / "again").exists()


def test_other_data_is_noticed(series: Dataset, earlier: Path, search: Search) -> None:
    x = series.x_test.copy()
    x[0, 0, 0] += 1
    with pytest.raises(ResultFolderError, match="differs in: data;"):
        search(replace(series, x_test=x), reuse=[str(earlier)])


def test_other_code_and_machines_are_noticed(earlier: Path, search: Search, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(earlier, other)
    for file in records(other):
        record = json.loads(file.read_text())
        record["made_of"] |= {"code": "of another version", "machine": "another"}
        file.write_text(json.dumps(record))
    with pytest.raises(ResultFolderError, match="differs in: code, machine;"):
        search(reuse=[str(other)])


def test_other_settings_are_trained(earlier: Path, search: Search) -> None:
    _, steps = search(reuse=[str(earlier)], space={"epochs": [4, 5], "batch_size": [16, 20]})
    assert statuses(steps) == ["complete"] * TRIALS


def damage_weights(trial: Path) -> None:
    content = bytearray((trial / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (trial / "model.safetensors").write_bytes(content)


def remove_weights(trial: Path) -> None:
    (trial / "model.safetensors").unlink()


def cut_record(trial: Path) -> None:
    text = (trial / measurement_file.FILE).read_bytes()
    (trial / measurement_file.FILE).write_bytes(text[: len(text) // 2])


def of_another_net(trial: Path) -> None:
    """As a stranger would write it: all checksums are right."""
    file = trial / "model.safetensors"
    with safe_open(file, "pt") as stored:
        recipe = json.loads(stored.metadata()["tinypareto"])
        state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    recipe["net"] = "antigravity_of_a_stranger:build"
    save_file(state, file, {"format": "1", "tinypareto": json.dumps(recipe)})
    (trial.parents[1].parent / "antigravity_of_a_stranger.py").write_text("IMPORTED = True\n")
    record = json.loads((trial / measurement_file.FILE).read_text())
    record["sha256"][file.name] = measurement_file.digest(file.read_bytes())
    (trial / measurement_file.FILE).write_text(json.dumps(record))


@pytest.mark.parametrize("harm", [damage_weights, remove_weights, cut_record, of_another_net])
def test_what_is_damaged_is_trained_again(
    harm: Callable[[Path], None],
    earlier: Path,
    search: Search,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(earlier, tmp_path / "harmed")
    harm(tmp_path / "harmed/trials/0002")
    front, steps = search(reuse=["harmed"])
    assert statuses(steps) == ["reused", "reused", "complete", "reused"]
    assert contents(front.folder) == contents(earlier)
    assert "antigravity_of_a_stranger" not in sys.modules


def test_with_early_stopping_the_same_trials_are_stopped(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_stopping, "NEIGHBOURS", 2)
    first, ends = search(out="first", trials=8, early_stopping=True)
    assert {"complete", "stopped"} == set(statuses(ends))
    again, steps = search(trials=8, early_stopping=True, reuse=[str(first.folder)])
    assert statuses(steps) == [s.replace("complete", "reused") for s in statuses(ends)]
    assert again.points == first.points


def test_what_was_never_scored_in_between_does_not_say_whether_it_would_stop(
    earlier: Path, search: Search
) -> None:
    _, steps = search(reuse=[str(earlier)], early_stopping=True)
    assert steps[0].status == "complete"
    assert "reused" not in statuses(steps)


def test_a_finished_trial_is_stopped_where_it_has_no_prospects(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All checkpoints are those of the earlier search, so the decision is what it would be."""
    first, _ = search(out="first", early_stopping=True, trials=1)
    monkeypatch.setattr(evaluator, "train", None)
    monkeypatch.setattr(early_stopping.EarlyStopping, "settle", hopeless)
    _, steps = search(early_stopping=True, trials=1, reuse=[str(first.folder)])
    assert statuses(steps) == ["stopped"]


def hopeless(_: object, accuracy: float) -> None:
    raise early_stopping.TrialStopped(accuracy, True, "too low")


def test_a_network_of_the_users_is_never_reused(search: Search, earlier: Path) -> None:
    with pytest.raises(ConfigError, match=r"reuse: .*json:loads.*leave reuse out"):
        search(net="json:loads", net_options={}, reuse=[str(earlier)])


def test_a_folder_without_a_run_is_refused(search: Search, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"reuse: .*: no run is there"):
        search(reuse=[tmp_path])
    with pytest.raises(ConfigError, match="reuse: got 7; wanted paths"):
        search(reuse=7)


@pytest.mark.device
@pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")
def test_a_search_for_a_board_links_what_it_reuses(earlier: Path, search: Search) -> None:
    pytest.importorskip("ziglang")
    pytest.importorskip("unicorn")
    options = {"board": "nrf52840-dk", "trials": 1}
    reused, steps = search(reuse=[str(earlier)], **options)
    fresh, _ = search(out="fresh", **options)
    assert statuses(steps) == ["reused"]
    assert reused.points == fresh.points
    assert reused.points[0].latency_ms is not None
