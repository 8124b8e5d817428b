"""Measures how well surrogates predict real accuracies from few evaluations.

    OMP_NUM_THREADS=1 python benchmarks/surrogate.py benchmarks/data/ERing.csv.gz

Prints a Markdown table. "Random": 30 rows drawn at random predict the others. "Small": 28 rows of
the larger two thirds and 2 of the smallest third predict the other small ones. Density is the mean
log density of the accuracy, noise included (higher is better); mean over 20 draws.
"""

import argparse
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm

from tinypareto.bench.compare import PACKAGES
from tinypareto.bench.replay import RESOURCES, Replay, read_table
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers.surrogate import fit

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
DRAWS, KNOWN = 20, 30
MARGIN = 0.03


@dataclass(frozen=True)
class Variant:
    """A kind of surrogate.

    Attributes:
        summary: Whether the log resources have a process of their own.
        noise: Mean of the prior of the log noise variance.
        lengthscale_reduction: Amount by which the length-scale prior is lowered, in log.
        log: Whether log(accuracy - chance + 0.03) is modelled, chance being the least accuracy.
    """

    summary: bool = True
    noise: float = -1.0
    lengthscale_reduction: float = 0.0
    log: bool = False


VARIANTS = {
    "default": Variant(),
    "one kernel": Variant(summary=False),
    "BoTorch's noise prior": Variant(noise=-4.0),
    "one kernel, BoTorch's noise prior": Variant(summary=False, noise=-4.0),
    "shorter length scales": Variant(lengthscale_reduction=1.0),
    "log(accuracy - chance + 0.03)": Variant(log=True),
}


def inputs(path: Path) -> tuple[Array, Array, Array]:
    """Read points with features, log resources and accuracies of a table."""
    replay, (_, rows) = Replay(path), read_table(path)
    scored = np.isfinite(rows["accuracy"])
    params = {name: rows[name][scored] for name in replay.space}
    encoding = Encoding(replay.space)
    names = list(params)
    points = encoding.encode(
        [dict(zip(names, row, strict=True)) for row in zip(*params.values(), strict=True)]
    )
    size = np.log(np.column_stack([rows[name][scored] for name in RESOURCES]))
    return np.hstack([points, replay.features(params)]), size, rows["accuracy"][scored]


def split(kind: str, size: Array, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Draw rows to learn from and rows to predict."""
    rows = rng.permutation(len(size))
    if kind == "random":
        return rows[:KNOWN], rows[KNOWN:]
    ordered = rows[np.argsort(size.mean(axis=1)[rows], kind="stable")]
    small, large = (rng.permutation(part) for part in np.split(ordered, [len(rows) // 3]))
    return np.concatenate([large[: KNOWN - 2], small[:2]]), small[2:]


def score(variant: Variant, x: Array, y: Array, known: Rows, asked: Rows) -> tuple[float, ...]:
    """Compute RMSE, log density and fitted noise (of the accuracy or its logarithm)."""
    low, span = x[known].min(axis=0), np.ptp(x[known], axis=0)
    scaled = torch.from_numpy((x - low) / np.where(span > 0, span, 1.0))
    bottom = y.min() - MARGIN
    target = torch.from_numpy(np.log(y - bottom) if variant.log else y)
    count = len(RESOURCES) if variant.summary else 0
    posterior = fit(
        scaled[known], target[known, None], count, variant.lengthscale_reduction, variant.noise
    )
    mean, std = (values[:, 0] for values in posterior(scaled[asked]))
    noise = posterior.hyper.noise.squeeze().sqrt() * posterior.scale
    total = (std.square() + noise.square()).sqrt()
    density = np.asarray(norm.logpdf(target[asked], mean, total))
    guess = mean.numpy()
    if variant.log:
        density, guess = density - np.log(y[asked] - bottom), np.exp(guess) + bottom
    return float(np.sqrt(np.mean((guess - y[asked]) ** 2))), float(density.mean()), noise.item()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Surrogates on a table of real evaluations.")
    parser.add_argument("table", type=Path)
    table = parser.parse_args().table
    torch.set_num_threads(1)
    x, size, y = inputs(table)
    joined = np.hstack([x, size])
    print(f"# Surrogates that foretell {table.name.partition('.')[0]} from {KNOWN} evaluations\n")
    print(f"{len(y)} real evaluations, {DRAWS} draws (seeds 0 to {DRAWS - 1}); see the script.\n")
    print("| surrogate | random: RMSE | density | fitted noise | small: RMSE | density |")
    print("|---|---|---|---|---|---|")
    for name, variant in VARIANTS.items():
        cells = [name]
        for kind in ("random", "small"):
            parts = [split(kind, size, np.random.default_rng(seed)) for seed in range(DRAWS)]
            found = np.mean([score(variant, joined, y, *part) for part in parts], axis=0)
            cells += [f"{value:.3f}" for value in found[: 3 if kind == "random" else 2]]
        print("| " + " | ".join(cells) + " |", flush=True)
    found = " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)
    print(f"\nCommand: `OMP_NUM_THREADS=1 python benchmarks/surrogate.py {table}`\n\n{found}")


if __name__ == "__main__":
    main()
