"""How many trials of a search `--reuse` spares, by what was changed since the earlier one.

    OMP_NUM_THREADS=1 python -m benchmarks.reuse > benchmarks/results/reuse.md

Seconds are CPU time of one worker with one thread, proposals included.
"""

import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tinypareto import search
from tinypareto.data import find
from tinypareto.study.progress import Silent, Step

DATA, TRIALS = "digits", 30
SPACE = {"epochs": [2, 6]}
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "half the ROM": {"rom": f"{find(DATA).limits.rom_bytes // 2}B"},
}


class Recorder(Silent):
    """Counts how trials ended."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()

    def trial(self, step: Step) -> None:
        """A trial ended."""
        self.ends[step.status] += 1


def line(what: str, out: Path, **options: Any) -> str:
    """A search as a row of the table."""
    told, start = Recorder(), time.process_time()
    search(DATA, space=SPACE, trials=TRIALS, out=str(out), reporter=told, **options)
    counts = [str(told.ends[status]) for status in ("reused", "complete", "infeasible")]
    return f"| {what} | {' | '.join(counts)} | {time.process_time() - start:.1f} |"


def main() -> None:
    """Print the page."""
    print(f"""# Trials that an earlier search has already

Command: `OMP_NUM_THREADS=1 python -m benchmarks.reuse > benchmarks/results/reuse.md`; tinypareto \
{version("tinypareto")}, torch {version("torch")}. {DATA}, {TRIALS} trials of 2 to 6 epochs, seed \
0, one worker. The first search has nothing to reuse; the others are given its folder.

| changed since the first | reused | trained | infeasible | CPU seconds |
|---|---|---|---|---|""")
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first"
        print(line("(the first)", first), flush=True)
        for number, (what, options) in enumerate(CHANGES.items()):
            out = Path(folder) / str(number)
            print(line(what, out, reuse=[str(first)], **options), flush=True)


if __name__ == "__main__":
    main()
