"""Workers that share a real PostgreSQL database."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import optuna
import postgres
import pytest
from forks import Forks
from optuna.trial import FrozenTrial, TrialState

from tinypareto.cli import main
from tinypareto.config.storage_url import driver_url, without_password
from tinypareto.results.front_file import read_front
from tinypareto.results.measurement_file import check

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(postgres.find() is None, reason=postgres.MISSING),
]
TRIALS = 14


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.server() as address:
        with opened(address):  # makes the tables, at which the tests' own questions would collide
            pass
        yield address


@pytest.fixture
def forks(series_file: Path) -> Iterator[Forks]:
    space = "[space]\nepochs = [400, 600]\nbatch_size = [10, 12]\n"
    net = (
        "net = 'dscnn'\n[net_options]\nwidth = 8\ndepth = 2\nreach = 1\nhalvings = 0\nstride = 1\n"
    )
    (series_file.parent / "kill.toml").write_text(f'dataset = "{series_file.name}"\n{net}{space}')
    made = Forks(series_file.parent)
    yield made
    made.close()


@contextmanager
def opened(address: str) -> Iterator[optuna.storages.RDBStorage]:
    storage = optuna.storages.RDBStorage(driver_url(address))
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def trials_of(address: str, study: str) -> list[FrozenTrial]:
    with opened(address) as storage:
        names = optuna.get_all_study_names(storage)
        found = study in names
        return optuna.load_study(study_name=study, storage=storage).trials if found else []


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


def line_of(capsys: pytest.CaptureFixture[str], arguments: str) -> str:
    """The refusal of a command."""
    assert main(arguments.split()) in (1, 2)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: ")
    assert postgres.PASSWORD not in said
    return said


def test_refusals_say_why_and_no_password(
    database: str,
    series_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = series_file.parent / "few"
    net = "--net dscnn --net-option width=8"
    small = f"search {series_file} {net} --select-on test --trials 1 --out {out}"
    assert main(f"{small} --storage {database} --study few".split()) == 0
    other = series_file.with_name("other.npz")
    with np.load(series_file) as arrays:
        np.savez(other, **(dict(arrays) | {"X_train": arrays["X_train"] + 1}))
    with opened(database) as storage:
        optuna.create_study(study_name="foreign", storage=storage).ask()
    place = f"worker --storage {database} --study"
    assert "does not exist" in line_of(capsys, f"{place} none")
    assert "made with other data" in line_of(capsys, f"{place} few --data {other}")
    assert "is not of tinypareto" in line_of(capsys, f"{place} foreign")
    assert "no run is there" in line_of(capsys, f"{place} few --reuse {out}2")
    assert main(f"{place} few --reuse {out}".split()) == 0
    again = small.replace(str(out), f"{out}2") + f" --storage {database} --study few"
    assert "exists; give another --study" in line_of(capsys, again)
    wrong = database.replace(postgres.PASSWORD, "wrong")
    assert "password authentication failed" in line_of(
        capsys, f"worker --storage {wrong} --study x"
    )
    bare = without_password(database)
    assert bare in (out / "config.toml").read_text()
    assert "PGPASSWORD" in line_of(capsys, f"search {out} --resume --trials 2 --storage {bare}")
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    assert main(f"search {out} --resume --trials 2 --storage {bare}".split()) == 0
    assert read_front(out).trials == 2
    assert main(["worker", "--storage", bare, "--study", "few"]) == 0
