"""The network that a default search recommends, beside simple classifiers.

    OMP_NUM_THREADS=1 python -m benchmarks.accuracy ERing.npz UWaveGestureLibrary.npz --seeds 3
    python -m benchmarks.accuracy HAPT12.npz --first-classes 6 --name "HAPT, six classes" --seeds 1
    python -m benchmarks.accuracy --table > benchmarks/results/accuracy.md

Each run is the command `tinypareto search DATA --seed S --rom 64KB --ram 16KB`. It appends a line
to results/accuracy.jsonl when it is done, and a run that is there is not run again. The test split
steers nothing: neither the search nor what is recommended.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from tinypareto.data import load
from tinypareto.results.front_file import read_front
from tinypareto.results.model_file import load_network

RESULT = Path(__file__).parent / "results" / "accuracy.jsonl"
LIMITS = ("--rom", "64KB", "--ram", "16KB")


def runs(source: str, name: str, seeds: int, more: list[str]) -> None:
    """Search with each seed that has no line yet."""
    done = {(row["data"], row["seed"]) for row in read()}
    for seed in range(seeds):
        if (name, seed) not in done:
            row = {"data": name, "seed": seed, **searched(source, seed, more)}
            with RESULT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


def searched(source: str, seed: int, more: list[str]) -> dict[str, Any]:
    """Figures of the network that one search recommends."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["tinypareto", "search", source, "--seed", str(seed), *LIMITS, *more]
        before = cpu_seconds()
        threads = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--out", folder], check=True, env=threads, capture_output=True)
        seconds = cpu_seconds() - before
        front, dataset = read_front(Path(folder)), load(source)
        point = next(p for p in front.points if p.number == front.recommended)
        labels = load_network(Path(folder) / point.path).predict(dataset.x_test)
    recalls = [(labels == k)[dataset.y_test == k].mean() for k in np.unique(dataset.y_test)]
    return {
        "accuracy": point.score,
        "balanced_accuracy": float(np.mean(recalls)),
        "macro_f1": float(f1_score(dataset.y_test, labels, average="macro")),
        "search": point.score_search,
        "best": max(p.score for p in front.points),
        "net": point.params.get("net", front.net),
        "rom": point.rom_bytes,
        "ram": point.ram_bytes,
        "flops": point.flops,
        "trials": front.trials,
        "cpu_s": round(seconds, 1),
        "rank": getattr(front, "rank_correlation", None),
        "baselines": {one.name: one.score for one in front.baselines},
        "commit": commit(),
    }


def commit() -> str:
    """The commit of the code that runs."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    folder = Path(__file__).parent
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def cpu_seconds() -> float:
    """CPU seconds of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read() -> list[dict[str, Any]]:
    """The runs that are done."""
    if not RESULT.is_file():
        return []
    return [json.loads(line) for line in RESULT.read_text(encoding="utf-8").splitlines()]


def first_classes(source: str, count: int, folder: Path) -> str:
    """A copy of a .npz with the cases of its first classes only."""
    with np.load(source) as archive:
        arrays = dict(archive)
    kept = {split: arrays[f"y_{split}"] < count for split in ("train", "test")}
    chosen = {
        key: values[kept[key.rpartition("_")[2]]]
        if key.rpartition("_")[2] in kept
        else values[:count]
        for key, values in arrays.items()
    }
    file = folder / f"{Path(source).stem}-{count}.npz"
    np.savez(file, **chosen)
    return str(file)


def table() -> Iterator[str]:
    """The runs as Markdown, one line for each data set."""
    rows = read()
    yield f"""# What a default search recommends

Command: see benchmarks/accuracy.py; limits {LIMITS[1]} ROM and {LIMITS[3]} RAM, all else by \
default, one thread. int8 accuracy on the test split in %, mean and range over the seeds; CPU \
seconds of the whole search. torch {version("torch")}, numpy {version("numpy")}, \
{platform.machine()}.

| data | seeds | recommended | balanced | macro F1 | best simple classifier | ROM, KB | RAM, KB \
| net | trials | CPU s | rank correlation | best listed | commit |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"""
    for name in dict.fromkeys(row["data"] for row in rows):
        mine = [row for row in rows if row["data"] == name]
        best = max(mine[0]["baselines"].items(), key=lambda item: item[1])
        nets = ", ".join(sorted({row["net"] for row in mine}))
        cells = [
            name,
            len(mine),
            spread([100 * row["accuracy"] for row in mine]),
            spread([100 * row["balanced_accuracy"] for row in mine]),
            spread([row["macro_f1"] for row in mine], 3),
            f"{best[0]} {100 * best[1]:.1f}",
            spread([row["rom"] / 1024 for row in mine]),
            spread([row["ram"] / 1024 for row in mine]),
            nets,
            mine[0]["trials"],
            spread([row["cpu_s"] for row in mine], 0),
            spread([row["rank"] for row in mine if row["rank"] is not None], 2),
            spread([100 * row["best"] for row in mine]),
            ", ".join(dict.fromkeys(row["commit"] for row in mine)),
        ]
        yield f"| {' | '.join(map(str, cells))} |"


def spread(values: list[float], digits: int = 1) -> str:
    """The mean, and the range if there are several values."""
    if not values:
        return ""
    mean = f"{np.mean(values):.{digits}f}"
    ends = f"{min(values):.{digits}f} to {max(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ({ends})"


def main() -> None:
    """Run searches, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-classes", type=int)
    parser.add_argument("--name")
    parser.add_argument("--table", action="store_true")
    options, more = parser.parse_known_args()
    if options.table:
        sys.stdout.writelines(f"{line}\n" for line in table())
    with tempfile.TemporaryDirectory() as folder:
        for source in options.data:
            name, used = options.name or Path(source).stem, source
            if options.first_classes:
                used = first_classes(source, options.first_classes, Path(folder))
            runs(used, name, options.seeds, more)


if __name__ == "__main__":
    main()
