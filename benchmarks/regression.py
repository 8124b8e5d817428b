"""Regression: R2 of recommended int8 networks beside their float networks and simple models.

    OMP_NUM_THREADS=1 python benchmarks/regression.py ./Covid3Month --trials 10

Two data sets need no file: `waves`, invented sine waves with noise whose frequency (100 to 600) and
amplitude (0.0005 to 0.002) are estimated, and `diabetes`, scikit-learn's ten values of 442 people,
read as a series of one channel. Others are paths of .npz or .ts files. Each row is the recommended
network of one search; all scores are those of the test split, which steered nothing.
"""

import argparse
import importlib.metadata
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes

import tinypareto
from tinypareto import data
from tinypareto.data.dataset import Dataset

NETS = ("linear", "rocket", "dscnn")
PACKAGES = ("tinypareto", "torch", "numpy", "scikit-learn")
SIMPLE = ("mean", "1-NN", "ridge", "random forest")


def waves() -> Dataset:
    """Sine waves, 600 to train and 300 to test."""
    rng = np.random.default_rng(0)
    low, high = [1.0, 0.5, 0.0], [6.0, 2.0, 2 * np.pi]
    frequency, amplitude, phase = rng.uniform(low, high, (900, 3)).T[..., None]
    x = amplitude * np.sin(2 * np.pi * frequency * np.arange(64) / 64 + phase)
    x += rng.normal(0, 0.3, x.shape)
    y = np.hstack([100 * frequency, 1e-3 * amplitude])
    return _dataset("waves", x, y, ("frequency", "amplitude"), 300)


def diabetes() -> Dataset:
    """How the illness goes on after a year, from ten values; a quarter to test."""
    x, y = load_diabetes(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return _dataset("diabetes", x[order], y[order], ("progression",), 110)


def _dataset(
    name: str, x: NDArray[np.float64], y: NDArray[np.float64], names: tuple[str, ...], test: int
) -> Dataset:
    cases = x[:, None].astype(np.float32)
    return Dataset(name, cases[test:], y[test:], cases[:test], y[:test], names, task="regression")


def row(dataset: Dataset, net: str, trials: int, seed: int) -> str:
    """The line of one search."""
    with tempfile.TemporaryDirectory() as folder:
        front = tinypareto.search(
            dataset, net=net, trials=trials, seed=seed, out=str(Path(folder) / "run")
        )
    known = {baseline.name: f"{baseline.score:.3f}" for baseline in front.baselines}
    simple = " | ".join(known[name] for name in SIMPLE)
    best = front.recommended_point
    if best is None:
        return f"| {dataset.name} | {net} | no network above the mean | | | | {simple} |"
    loss = best.score_float - best.score
    return (
        f"| {dataset.name} | {net} | {best.score:.3f} | {best.score_float:.3f} | {loss:+.4f} | "
        f"{best.rom_bytes} | {simple} |"
    )


def main() -> None:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(description="R2 of int8 networks beside simple models.")
    parser.add_argument("paths", nargs="*", help=".npz or .ts files with real targets")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("# Regression\n")
    print("R2 on the test split. int8 and float: the recommended network of a search of", end=" ")
    print(f"{options.trials} trials, seed {options.seed}; the data is described in the script.\n")
    print("| data | net | int8 | float | float - int8 | ROM, bytes |", " | ".join(SIMPLE), "|")
    print("|---" * (6 + len(SIMPLE)) + "|")
    given = (data.load(path, task="regression") for path in options.paths)
    for dataset in (waves(), diabetes(), *given):
        for net in NETS:
            print(row(dataset, net, options.trials, options.seed), flush=True)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    print(f"\n`python benchmarks/regression.py {' '.join(sys.argv[1:])}`; {versions}; one thread.")


if __name__ == "__main__":
    main()
