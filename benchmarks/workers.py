"""Wall time of the same search with one worker and with two, on an otherwise idle machine.

    OMP_NUM_THREADS=1 python benchmarks/workers.py ERing.npz digits > benchmarks/results/workers.md

Random candidates of seed 0, so that both train the same networks. The two runs of a
repeat follow each other, and a repeat swaps their order.
"""

import os
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from tinypareto import search

REPEATS, TRIALS = 2, 40


def seconds(source: str, workers: int) -> float:
    """Measure the seconds of a whole search, start of the processes included."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        search(
            source,
            trials=TRIALS,
            sampler="random",
            workers=workers,
            out=Path(folder) / "run",
            seed=0,
        )
        return time.perf_counter() - start


def main() -> None:
    """Prints the table."""
    print("# One worker and two\n")
    print("| data | one, s | two, s | ratio |\n|---|---|---|---|")
    for source in sys.argv[1:]:
        runs: dict[int, list[float]] = {1: [], 2: []}
        for repeat in range(REPEATS):
            for workers in (1, 2) if repeat % 2 == 0 else (2, 1):
                runs[workers].append(seconds(source, workers))
        one, two = (statistics.mean(runs[w]) for w in (1, 2))
        print(f"| {Path(source).stem} | {one:.0f} | {two:.0f} | {one / two:.2f} |", flush=True)
    print(
        f"\nMeans of {REPEATS} searches of {TRIALS} random trials each, seed 0, processes started"
    )
    print(f"anew; load average at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    print("`OMP_NUM_THREADS=1 python benchmarks/workers.py ERing.npz digits`; tinypareto")
    print(f"{version('tinypareto')}, torch {version('torch')}.")


if __name__ == "__main__":
    main()
