"""Trainings that equal an earlier one of their search, where only filters are searched.

    OMP_NUM_THREADS=1 python -m benchmarks.repeats

Appends a row for each search to benchmarks/results/repeats.csv and rewrites repeats.md beside it. A
search that is recorded is not repeated. Seconds are CPU time of one worker with one thread,
proposals included.
"""

import csv
import json
import tempfile
import time
from collections.abc import Hashable, Mapping
from importlib.metadata import version
from itertools import product
from pathlib import Path
from unittest.mock import patch

from tinypareto import search
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import to_params
from tinypareto.study.training_key import training_key

RESULTS = Path(__file__).parent / "results"
ROWS, TABLE = RESULTS / "repeats.csv", RESULTS / "repeats.md"
COLUMNS = ["filters", "seed", "same", "trained", "networks", "seconds", "searched", "tested"]
TRIALS, SEEDS, FILTERS = 40, range(2), (8, 32)
FIXED = {
    "epochs": 6,
    "batch_size": 32,
    "lr": 0.1,
    "momentum": 0.9,
    "lr_schedule": 0.5,
    "lr_gamma": 0.3,
    "weight_decay": 1e-4,
    "pruning_start": 0.1,
    "pruning_end": 0.6,
    "pruning_steps": 3,
}


def by_values(candidate: Candidate, _: Mapping[str, int]) -> Hashable:
    """Key that is equal if all settings and sparsities are, to the last digit."""
    return tuple(to_params(candidate).items())


SAME = {"sparsities": by_values, "filters": training_key}


def record(filters: int, seed: int, same: str) -> None:
    """One search."""
    start = time.process_time()
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("tinypareto.study.worker.training_key", SAME[same]),
    ):
        front = search(
            "digits",
            net="dscnn",
            net_options={"width": filters, "depth": 2},
            space=FIXED,
            trials=TRIALS,
            seed=seed,
            out=f"{folder}/run",
        )
        seconds = time.process_time() - start
        files = list(front.folder.glob("trials/*/measurement.json"))
        networks = {json.dumps(json.loads(file.read_text())["channels"]) for file in files}
    new = not ROWS.exists()
    with ROWS.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        volumes = (f"{front.search_hypervolume:.4f}", f"{front.hypervolume:.4f}")
        figures = (len(files), len(networks), f"{seconds:.1f}", *volumes)
        writer.writerow([filters, seed, same, *figures])


def recorded() -> dict[tuple[int, int, str], dict[str, str]]:
    """The rows of the searches so far, by filters, seed and what is taken for the same."""
    if not ROWS.exists():
        return {}
    with ROWS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(int(row["filters"]), int(row["seed"]), row["same"]): row for row in rows}


def table() -> str:
    """The whole page."""
    lines = [
        f"| {' | '.join([row[key] for key in COLUMNS])} |"
        for _, row in sorted(recorded().items(), key=lambda item: item[0])
    ]
    return f"""# The same network twice in a search

Command: `OMP_NUM_THREADS=1 python -m benchmarks.repeats`; tinypareto {version("tinypareto")}, \
torch {version("torch")}. digits, `dscnn` of depth 2, all settings of training fixed: what is \
searched is how many filters are left. {TRIALS} trials each; a trial with the same settings as an \
earlier one is not trained. Same are those with equal sparsities, or those that leave equal \
filters at each removal. Hypervolume in the accuracy that steers the search, and on the test split.

| filters | seed | same if equal | trained | different networks | seconds | hypervolume | on test |
|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def main() -> None:
    """Record what is missing and rewrite the table."""
    for seed, filters, same in product(SEEDS, FILTERS, SAME):
        if (filters, seed, same) not in recorded():
            record(filters, seed, same)
            TABLE.write_text(table())


if __name__ == "__main__":
    main()
