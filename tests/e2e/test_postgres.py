"""Workers that share a real PostgreSQL database."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import postgres
import pytest
from forks import Forks
from optuna.trial import FrozenTrial, TrialState

from tinypareto.front import read_front
from tinypareto.manifest import check

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(postgres.find() is None, reason=postgres.MISSING),
]
TRIALS = 14


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.server() as address:
        yield address


@pytest.fixture
def forks(series_file: Path) -> Iterator[Forks]:
    space = "[space]\nepochs = [6, 9]\nbatch_size = [10, 12]\n"
    net = "[net_options]\nwidth = 8\ndepth = 2\n"
    (series_file.parent / "kill.toml").write_text(f'dataset = "{series_file.name}"\n{net}{space}')
    made = Forks(series_file.parent)
    yield made
    made.close()


def trials_of(address: str, study: str) -> list[FrozenTrial]:
    url = address.replace("postgresql:", "postgresql+psycopg:")
    storage = optuna.storages.RDBStorage(url)
    try:
        return optuna.load_study(study_name=study, storage=storage).trials
    except KeyError:
        return []
    finally:
        storage.remove_session()
        storage.engine.dispose()


def running_by(address: str, study: str) -> set[str]:
    trials = trials_of(address, study)
    return {t.user_attrs.get("owner", "") for t in trials if t.state == TrialState.RUNNING} - {""}


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def test_trials_of_killed_workers_are_run_again(
    forks: Forks, database: str, tmp_path: Path
) -> None:
    place = f"--storage {database} --study many"
    search = forks.start(
        f"search kill.toml {place} --trials {TRIALS} --heartbeat 1 --seed 2 --select-on test"
        f" --out {tmp_path / 'result'}"
    )
    wait_for(lambda: bool(trials_of(database, "many")))
    workers = [forks.start(f"worker {place}") for _ in range(3)]
    wait_for(lambda: len(running_by(database, "many")) >= 3)
    for worker in workers[:2]:
        os.kill(worker, signal.SIGKILL)
    assert [forks.wait(worker) for worker in workers[:2]] == [-signal.SIGKILL] * 2
    assert forks.wait(workers[2]) == 0, forks.log()
    assert forks.wait(search) == 0, forks.log()
    trials = trials_of(database, "many")
    assert [trial.number for trial in trials] == list(range(TRIALS))
    assert all(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials)
    assert len({tuple(trial.params.values()) for trial in trials}) == TRIALS
    owners = {trial.user_attrs["owner"] for trial in trials}
    assert len(owners) >= 2
    front = read_front(tmp_path / "result")
    assert front.trials == TRIALS
    for trial in trials:
        if trial.state == TrialState.COMPLETE:
            check(tmp_path / "result" / f"trials/{trial.number:04d}")
    assert front.load(front.points[0].number)
    assert "report.html" in forks.log()
    assert (tmp_path / "result" / "report.html").stat().st_size > 10**6
    written = "".join(
        path.read_text(errors="replace")
        for path in tmp_path.rglob("*")
        if path.suffix in (".toml", ".json") or path.name == "log"
    )
    assert postgres.PASSWORD not in written
    assert "Traceback" not in forks.log()
