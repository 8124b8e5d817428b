"""Whole searches with the default settings, 40 trials each, and the fronts that they find.

    python benchmarks/fronts.py digits ERing.npz BasicMotions.npz

Writes front.json and config.toml of each to benchmarks/results/fronts/<name>/ and rewrites the
table fronts.md beside it. A search that was interrupted is resumed; one that is recorded is not
repeated: delete its folder to do so.
"""

import shutil
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from tinypareto import Limits, search
from tinypareto.data import is_path
from tinypareto.results.front import Front
from tinypareto.results.front_file import read_front
from tinypareto.units import format_bytes, format_flops

RESULTS = Path(__file__).parent / "results"
FRONTS = RESULTS / "fronts"
LIMITS = Limits(rom_bytes=64_000, ram_bytes=16_000, flops=5_000_000)
TRIALS, SEED = 40, 1


def record(source: str) -> None:
    """Search and keep what describes the front; weights and C stay in the temporary folder."""
    name = Path(source).stem
    if (FRONTS / name).exists():
        return
    out = Path(tempfile.gettempdir()) / "tinypareto-fronts" / name
    start = time.perf_counter()
    resume = (out / "config.toml").exists()
    limits = LIMITS if is_path(source) else None
    search(source, limits=limits, trials=TRIALS, seed=SEED, out=str(out), resume=resume)
    seconds = time.perf_counter() - start
    (FRONTS / name).mkdir(parents=True)
    shutil.copy(out / "front.json", FRONTS / name)
    note = f"{seconds:.0f} s" + (" (resumed)" if resume else "")
    versions = ", ".join(f"{p} {version(p)}" for p in ("tinypareto", "torch", "optuna", "botorch"))
    (FRONTS / name / "about.txt").write_text(f"{note}; {versions}\n")


def section(front: Front, about: str) -> str:
    """The Markdown of one front."""
    limits = front.limits
    lines = [
        f"## {front.net} on {front.dataset}",
        "",
        f"{front.trials} trials, seed {SEED}; selected on {front.selection}; hypervolume "
        f"{front.hypervolume:.4f} (test), {front.search_hypervolume:.4f} (search); limits: ROM "
        f"{format_bytes(limits.rom_bytes)}, RAM {format_bytes(limits.ram_bytes)}, FLOPs "
        f"{format_flops(limits.flops)}; {about.strip()}",
        "",
        "| trial | int8, test | float, test | int8, search | ROM | RAM | FLOPs |",
        "|---|---|---|---|---|---|---|",
    ]
    for p in front.points:
        accuracies = f"{p.accuracy:.1%} | {p.accuracy_float:.1%} | {p.accuracy_search:.1%}"
        sizes = f"{format_bytes(p.rom_bytes)} | {format_bytes(p.ram_bytes)}"
        lines.append(f"| {p.number} | {accuracies} | {sizes} | {format_flops(p.flops)} |")
    return "\n".join(lines) + "\n"


def main(sources: list[str]) -> None:
    """Record what is missing and rewrite the table."""
    for source in sources:
        record(source)
    text = "# Fronts of whole searches\n\nCommand: `python benchmarks/fronts.py digits ERing.npz "
    text += "BasicMotions.npz`. Times are of a busy machine with two cores, one worker.\n\n"
    folders = sorted(FRONTS.iterdir())
    text += "\n".join(section(read_front(f), (f / "about.txt").read_text()) for f in folders)
    (RESULTS / "fronts.md").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
