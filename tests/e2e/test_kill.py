"""Real searches killed with SIGKILL at random moments lose nothing."""

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pytest
from forks import Forks
from optuna.trial import FrozenTrial, TrialState
from small_net import FLAGS

from tinypareto.results import measurement_file
from tinypareto.results.front_file import read_front

pytestmark = pytest.mark.e2e
KILLS, TRIALS = 51, 12
SEARCH = f"{FLAGS} --rom 8KB --ram 4KB --flops 1M --seed 5 --select-on test"


@pytest.fixture
def forks(series_file: Path) -> Iterator[Forks]:
    space = "[space]\nepochs = [1, 2]\nbatch_size = [16, 20]\n"
    (series_file.parent / "kill.toml").write_text(f'dataset = "{series_file.name}"\n{space}')
    made = Forks(series_file.parent)
    yield made
    made.close()


@dataclass(frozen=True)
class Whole:
    """What a search that was never stopped leaves."""

    trials: dict[int, FrozenTrial]
    sums: dict[int, dict[str, str]]
    seconds: float


def trials_of(out: Path) -> dict[int, FrozenTrial]:
    storage = optuna.storages.RDBStorage(f"sqlite:///{out / 'study.db'}")
    study = optuna.load_study(study_name="tinypareto", storage=storage)
    trials = {trial.number: trial for trial in study.trials}
    storage.remove_session()
    storage.engine.dispose()
    return trials


def sums_of(out: Path, number: int) -> dict[str, str]:
    folder = out / f"trials/{number:04d}"
    measurement_file.check(folder)
    return measurement_file.sums_of((folder / measurement_file.FILE).read_bytes(), "")


def known(trial: FrozenTrial) -> dict[str, Any]:
    """All that a trial says but for its times."""
    measured = {**trial.user_attrs.get("measurement", {}), "seconds": 0}
    constraints = trial.constraints
    return {**vars_of(trial), "measured": measured, "constraints": constraints}


def vars_of(trial: FrozenTrial) -> dict[str, Any]:
    return {"state": trial.state, "params": trial.params, "values": trial.values}


def check(out: Path, whole: Whole) -> int:
    """Compare every finished trial; returns how many there are."""
    if not (out / "study.db").exists():
        return 0
    try:
        trials = trials_of(out)
    except KeyError:
        return 0  # Killed before the study was made.
    finished = [trial for trial in trials.values() if trial.state.is_finished()]
    for trial in finished:
        assert known(trial) == known(whole.trials[trial.number])
        if trial.state == TrialState.COMPLETE:
            assert sums_of(out, trial.number) == whole.sums[trial.number]
    if (out / "front.json").exists():
        for point in read_front(out).points:
            assert sums_of(out, point.number) == whole.sums[point.number]
    return len(finished)


def search(out: Path) -> str:
    resume = "--resume" if (out / "config.toml").exists() else ""
    return f"search kill.toml {SEARCH} --trials {TRIALS} --out {out} {resume}"


def killed(forks: Forks, out: Path, seconds: float, rng: random.Random) -> bool:
    """Start or resume a search and kill it some time; whether it was killed before its end."""
    kind = rng.choice(["time", "file", "commit"])
    if kind != "time":
        # A trial is some 60 changes of files and 30 commits.
        die = {"at": kind, "count": rng.randint(1, 80)}
        return forks.run(search(out), die) == -signal.SIGKILL
    process = forks.start(search(out))
    time.sleep(rng.uniform(0, seconds))
    os.kill(process, signal.SIGKILL)
    return forks.wait(process) == -signal.SIGKILL


def test_nothing_is_lost_whenever_a_search_is_killed(forks: Forks, tmp_path: Path) -> None:
    started = time.monotonic()
    assert forks.run(search(tmp_path / "whole")) == 0, forks.log()
    seconds = time.monotonic() - started
    trials = trials_of(tmp_path / "whole")
    complete = [n for n, trial in trials.items() if trial.state == TrialState.COMPLETE]
    assert len(complete) > TRIALS // 2
    whole = Whole(trials, {n: sums_of(tmp_path / "whole", n) for n in complete}, seconds)
    rng, kills, studies = random.Random(7), 0, 0
    while kills < KILLS:
        out, done = tmp_path / f"killed{studies}", 0
        while kills < KILLS and killed(forks, out, whole.seconds / 5, rng):
            kills += 1
            before, done = done, check(out, whole)
            assert done >= before
        assert forks.run(search(out)) == 0, forks.log()
        assert check(out, whole) == TRIALS == len(trials_of(out))
        assert read_front(out).points == read_front(tmp_path / "whole").points
        assert not [*out.glob(".*.*"), *out.glob("trials/.*")]
        studies += 1
    assert "Traceback" not in forks.log()
