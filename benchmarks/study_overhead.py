"""Measures a study's cost besides training: claiming, ending and reading trials, its front.

    OMP_NUM_THREADS=1 python benchmarks/study_overhead.py [--storage postgresql://me@host/db]

Rewrites the storage's rows of benchmarks/results/study_overhead.md. Studies of 1,000 and 10,000
trials, 60 parameters, 4 objectives, are filled with random trials; then trials are claimed and
ended through `tinypareto.study.study.Study`, as a search does, by 1 process and by 8 at the same
time. Proposals are random here: what the solver's take is in ask_time.md.
"""

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution, distribution_to_json
from optuna.samplers import RandomSampler
from optuna.storages._rdb import models
from optuna.study._constrained_optimization import _CONSTRAINTS_KEY
from optuna.trial import TrialState
from sqlalchemy import insert

from tinypareto.config.storage_url import checked
from tinypareto.evaluation.measurement import Measurement
from tinypareto.resources import OBJECTIVES, Limits, Resources
from tinypareto.results.front import build_front
from tinypareto.search_space.parameter import Parameter
from tinypareto.search_space.presets import PREFIX
from tinypareto.search_space.space import Space
from tinypareto.study.storage import Embedded, Shared, Storage
from tinypareto.study.study import Study

RESULT = Path(__file__).parent / "results" / "study_overhead.md"
SIZES, DIMENSIONS, REPEATS, WORKERS, SEED = (1_000, 10_000), 60, 9, 8, 0
LIMITS = Limits(1_000, 1_000, 1_000)
SPACE = Space(tuple(Parameter(f"{PREFIX}{i}", 0.0, 0.9) for i in range(DIMENSIONS)))
HEADER = (
    "| storage | trials | claim | end | both, CPU | open and read all, CPU | front, CPU "
    f"| trials/s, {WORKERS} workers |\n|---|---|---|---|---|---|---|---|\n"
)


def open_study(storage: Storage) -> Study:
    """The study, with proposals that take no time."""
    return Study(storage, RandomSampler(SEED), SPACE, LIMITS)


def measured(number: int) -> Measurement:
    """Some result, always the same for a number."""
    rng = np.random.default_rng((SEED, number))
    rom, ram, flops = rng.integers(100, 1_000, 3).tolist()
    accuracy = float(rng.uniform(0.2, 0.9))
    channels = {str(i): 8 for i in range(DIMENSIONS)}
    return Measurement(
        number, Resources(rom, ram, flops), channels, accuracy, accuracy, accuracy, 1.0
    )


def fill(storage: Storage, trials: int) -> None:
    """Write finished trials in one go, with everything that `Study` writes of one."""
    study_id = storage.rdb.get_study_id_from_name(storage.study)
    distribution = distribution_to_json(FloatDistribution(0.0, 0.9))
    finite = models.TrialValueModel.TrialValueType.FINITE
    kinds: list[tuple[type[models.BaseModel], Callable[[int], list[dict[str, Any]]]]] = [
        (models.TrialParamModel, lambda n: [
            {"param_name": name, "param_value": value, "distribution_json": distribution}
            for name, value in params(n).items()
        ]),
        (models.TrialValueModel, lambda n: [
            {"objective": k, "value": value, "value_type": finite}
            for k, value in enumerate(objectives(n))
        ]),
        (models.TrialSystemAttributeModel, lambda n: [
            {"key": f"{_CONSTRAINTS_KEY}:{name}", "value_json": json.dumps(value - 1)}
            for name, value in zip(OBJECTIVES[1:], objectives(n)[1:], strict=True)
        ]),
        (models.TrialUserAttributeModel, lambda n: [
            {"key": "measurement", "value_json": json.dumps(asdict(measured(n)))}
        ]),
    ]  # fmt: skip
    with storage.rdb.engine.begin() as database:
        table = models.TrialModel
        state = {"study_id": study_id, "state": TrialState.COMPLETE}
        new = insert(table).returning(table.trial_id, table.number)
        made = database.execute(new, [{"number": n, **state} for n in range(trials)]).all()
        for model, rows in kinds:
            for i in range(0, trials, 500):
                block = [{"trial_id": t, **row} for t, n in made[i : i + 500] for row in rows(n)]
                database.execute(insert(model), block)


def params(number: int) -> dict[str, float]:
    """Some candidate."""
    values = np.random.default_rng((SEED, number, 1)).uniform(0, 0.9, DIMENSIONS)
    return {p.name: float(v) for p, v in zip(SPACE.parameters, values, strict=True)}


def objectives(number: int) -> tuple[float, ...]:
    """Return the objectives that the study minimizes."""
    one = measured(number)
    return tuple(LIMITS.minimized(OBJECTIVES, 1 - one.score_search, one.resources))


def one_trial(study: Study) -> tuple[float, float]:
    """Seconds to claim a trial, and to end it."""
    start = time.perf_counter()
    claimed = study.claim(10**9)
    assert claimed is not None
    middle = time.perf_counter()
    result = measured(claimed[0].number)
    study.constrain(claimed[0], result.resources)
    study.complete(claimed[0], result)
    return middle - start, time.perf_counter() - middle


def worker(address: str, study: str, trials: int) -> None:
    """Claims and ends trials."""
    with closing(Shared(address, study, heartbeat=10)) as storage:
        mine = open_study(storage)
        for _ in range(trials):
            one_trial(mine)


def together(storage: Storage, address: str) -> str:
    """Trials per second of several processes; the start of each is not counted."""
    trials = 6
    fork = multiprocessing.get_context("fork")
    made = [
        fork.Process(target=worker, args=(address, storage.study, trials)) for _ in range(WORKERS)
    ]
    before = open_study(storage).finished()
    for process in made:
        process.start()
    for process in made:
        process.join()
    times = sorted(
        t.datetime_complete for t in storage.rdb.get_all_trials(
            storage.rdb.get_study_id_from_name(storage.study), deepcopy=False
        )[before:] if t.datetime_complete
    )  # fmt: skip
    first, last = len(times) // 4, len(times) - 1 - len(times) // 4
    return f"{(last - first) / (times[last] - times[first]).total_seconds():.1f}"


def row(storage: Storage, name: str, trials: int, address: str) -> str:
    """Fill a study and measure it."""
    open_study(storage)
    fill(storage, trials)
    start = time.process_time()
    study = open_study(storage)
    points = list(study.points())
    opened = time.process_time() - start
    start = time.process_time()
    build_front(
        points, LIMITS, dataset="", net="", select_on="test", selection="", trials=1, folder=Path()
    )
    front = time.process_time() - start
    cpu = time.process_time()
    pairs = [one_trial(study) for _ in range(REPEATS)]
    cpu = (time.process_time() - cpu) / REPEATS
    claim, end = (statistics.median(column) for column in zip(*pairs, strict=True))
    rate = together(storage, address) if address else "-"
    cells = [f"{1e3 * t:.0f} ms" for t in (claim, end, cpu)]
    cells += [f"{opened:.2f} s", f"{1e3 * front:.0f} ms", rate]
    return f"| {name} | {trials} | " + " | ".join(cells) + " |\n"


def main() -> None:
    """Measure and write the table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storage", default="", help="an empty PostgreSQL database")
    address = parser.parse_args().storage
    text = HEADER
    for trials in SIZES:
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Embedded(Path(folder) / "study.db")) as storage,
        ):
            text += row(storage, "SQLite", trials, "")
        write(text)
    url = checked(address, "--storage") if address else ""
    for trials in SIZES if url else ():
        with closing(Shared(url, f"overhead{trials}-{time.time():.0f}", 10)) as shared:
            text += row(shared, "PostgreSQL", trials, url if trials == min(SIZES) else "")
        write(text)


def write(table: str) -> None:
    """The rows so far."""
    names = ("tinypareto", "optuna", "sqlalchemy", "psycopg")
    versions = " ".join(f"{name}={version(name)}" for name in names)
    RESULT.write_text(f"# Cost of a study beside training\n\n{table}\n{NOTES}\n\n{versions}\n")


NOTES = f"""\
Medians of {REPEATS} trials with {DIMENSIONS} parameters and 4 objectives. `claim` and `end` are
wall time, on two cores shared with other work (load about 10); the CPU columns are those of one
process and do not depend on it. Proposals are random, so the solver's time comes on top:
[ask_time.md](ask_time.md). `claim` looks for trials that were left, makes the trial and stores
its parameters; `end` stores constraints, measurement and objectives. `open and read all` is what
a worker pays once, `front` what a search pays after each trial. The last column is what {WORKERS}
processes that do nothing else reach together.

Command: `OMP_NUM_THREADS=1 python benchmarks/study_overhead.py --storage postgresql://me@host/db`."""

if __name__ == "__main__":
    main()
