"""Hypervolume over the seconds of a search, with early stopping and without.

    OMP_NUM_THREADS=1 python -m benchmarks.early_stopping ERing.npz digits

Appends a row for each trial of each search to benchmarks/results/early_stopping.csv and rewrites
early_stopping.md beside it. A search that is recorded is not repeated. Seconds are CPU time of one
worker with one thread, proposals included.
"""

import csv
import sys
import tempfile
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import wilcoxon

from tinypareto import Limits, search
from tinypareto.data import is_path
from tinypareto.study.progress import Silent, Step

RESULTS = Path(__file__).parent / "results"
ROWS, TABLE = RESULTS / "early_stopping.csv", RESULTS / "early_stopping.md"
COLUMNS = ["data", "seed", "stopping", "trial", "status", "seconds", "hypervolume"]
LIMITS = Limits(rom_bytes=64_000, ram_bytes=16_000, flops=5_000_000)
TRIALS, SEEDS = 30, range(5)

Curve = list[tuple[float, float, str]]
"""Seconds, hypervolume and how the trial ended, in the order of the trials."""


class Recorder(Silent):
    """Notes when each trial ended, and the hypervolume then."""

    def __init__(self) -> None:
        self.start_seconds = time.process_time()
        self.steps: list[tuple[Step, float]] = []

    def trial(self, step: Step) -> None:
        """A trial ended."""
        self.steps.append((step, time.process_time() - self.start_seconds))


def record(source: str, seed: int, stopping: bool) -> None:
    """One search."""
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        search(
            source,
            limits=LIMITS if is_path(source) else None,
            trials=TRIALS,
            seed=seed,
            early_stopping=stopping,
            out=f"{folder}/run",
            reporter=recorder,
        )
    new = not ROWS.exists()
    with ROWS.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        for step, seconds in recorder.steps:
            run = (Path(source).stem, seed, int(stopping))
            end = (step.number, step.status, f"{seconds:.1f}", f"{step.hypervolume:.5f}")
            writer.writerow([*run, *end])


def curves() -> dict[tuple[str, int, bool], Curve]:
    """All recorded searches, by data, seed and whether trials were stopped."""
    found: dict[tuple[str, int, bool], Curve] = defaultdict(list)
    if ROWS.exists():
        with ROWS.open() as file:
            for row in csv.DictReader(file):
                key = row["data"], int(row["seed"]), row["stopping"] == "1"
                found[key].append((float(row["seconds"]), float(row["hypervolume"]), row["status"]))
    return found


def equal_seconds(off: Curve, on: Curve) -> list[float]:
    """Hypervolume of both when the first of them was through."""
    budget = min(off[-1][0], on[-1][0])
    return [max((v for s, v, _ in curve if s <= budget), default=0.0) for curve in (off, on)]


def compared(what: str, pairs: list[list[float]]) -> str:
    """The mean difference, and how probable a larger one is by chance."""
    differences = np.diff(np.array(pairs), axis=1)[:, 0]
    chance = wilcoxon(differences).pvalue if differences.any() else 1.0
    return f"{what} {differences.mean():+.4f} (p = {chance:.2f})"


def line(data: str, seed: int, off: Curve, on: Curve) -> str:
    """Both searches of a seed: ends, and hypervolume at equal seconds."""
    at_budget = equal_seconds(off, on)
    reached = [s for s, volume, _ in on if volume >= off[-1][1]]
    cells = [
        f"{data} | {seed} | {off[-1][0]:.0f} s | {on[-1][0]:.0f} s",
        f"{off[-1][0] / on[-1][0]:.2f}",
        str(sum(status == "stopped" for _, _, status in on)),
        f"{off[-1][1]:.4f} | {on[-1][1]:.4f}",
        f"{at_budget[0]:.4f} | {at_budget[1]:.4f}",
        f"{reached[0]:.0f} s" if reached else "never",
    ]
    return f"| {' | '.join(cells)} |"


def table() -> str:
    """The whole page."""
    found = curves()
    pairs = [key[:2] for key in found if key[2] and (*key[:2], False) in found]
    rows = [line(d, s, found[d, s, False], found[d, s, True]) for d, s in sorted(pairs)]
    searches = [(found[d, s, False], found[d, s, True]) for d, s in pairs]
    ends = compared("at the end", [[off[-1][1], on[-1][1]] for off, on in searches])
    equal = compared("at equal seconds", [equal_seconds(off, on) for off, on in searches])
    mean = f"Mean difference {ends}, {equal}; Wilcoxon's signed-rank test."
    return f"""# Early stopping: hypervolume over seconds

Command: `OMP_NUM_THREADS=1 python -m benchmarks.early_stopping ERing.npz digits`; tinypareto \
{version("tinypareto")}, torch {version("torch")}. {TRIALS} trials each, one worker, default \
settings. {len(pairs)} of the {2 * len(SEEDS)} planned pairs of searches are recorded. {mean}

| data | seed | seconds without | with | ratio | stopped | hypervolume without | with \
| at equal seconds, without | with | the former's end reached after |
|---|---|---|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def main(sources: list[str]) -> None:
    """Record what is missing and rewrite the table."""
    for seed in SEEDS:
        for source in sources:
            for stopping in (False, True):
                if (Path(source).stem, seed, stopping) not in curves():
                    record(source, seed, stopping)
            TABLE.write_text(table())


if __name__ == "__main__":
    main(sys.argv[1:])
