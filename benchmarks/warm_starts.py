"""Do weights of an earlier, larger network of the run make a training better or shorter?

    OMP_NUM_THREADS=1 python -m benchmarks.warm_starts ERing.npz digits > warm_starts.md

The unpruned network is trained once with the middle of the default space's settings. Random
candidates are then trained, and pruned by filter importance, from random weights and from its
weights (of the same fold), with all their epochs and with half of them.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from benchmarks.evaluations import NET, SEED, SETTINGS, candidates
from scipy.stats import wilcoxon

from tinypareto.data import load
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets.spec import NetSpec
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space

CANDIDATES = 20
WAYS = {
    "random": (False, 1.0),
    "warm": (True, 1.0),
    "random, half": (False, 0.5),
    "warm, half": (True, 0.5),
}


def accuracies(source: str) -> dict[str, list[float]]:
    """Search accuracies of the candidates, by way."""
    dataset = load(source)
    selection = selection_folds(dataset, "validation", SEED)
    ranges = intervals("default", len(dataset.x_train))
    start = build_space("default", (), ranges).middle.settings
    spec = NetSpec(NET, SETTINGS, dataset.input_shape, dataset.outputs)
    evaluators = {
        warm: Evaluator(dataset, selection, SEED, start=start if warm else None)
        for warm in (False, True)
    }
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    drawn = zip(range(CANDIDATES), candidates(dataset), strict=False)
    for number, (candidate, channels) in drawn:
        for way, (warm, share) in WAYS.items():
            epochs = max(1, round(share * candidate.settings["epochs"]))
            shorter = replace(candidate, settings=candidate.settings | {"epochs": epochs})
            measured = evaluators[warm].evaluate(spec, shorter, channels, number).measurement
            found[way].append(measured.score_search)
    return found


def lines(source: str) -> Iterator[str]:
    """The table's lines of a data set."""
    found = accuracies(source)
    for way, values in found.items():
        away = np.array(values) - found["random"]
        chance = f"{wilcoxon(away).pvalue:.2f}" if away.any() else ""
        cells = [Path(source).stem, way, f"{np.mean(values):.3f}", f"{away.mean():+.3f}", chance]
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    print("# Warm starts\n")
    print(f"Search accuracy of {CANDIDATES} random candidates ({NET}, {SETTINGS}, seed {SEED}),")
    print("from random weights or from those of the unpruned network of the same fold, with all")
    print("epochs or half of them. p: Wilcoxon's signed-rank test against random weights.\n")
    print("| data | way | accuracy | difference | p |\n|---|---|---|---|---|")
    for source in sys.argv[1:]:
        print("\n".join(lines(source)), flush=True)
    print("\n`OMP_NUM_THREADS=1 python -m benchmarks.warm_starts ERing.npz digits`; tinypareto")
    print(f"{version('tinypareto')}, torch {version('torch')}.")


if __name__ == "__main__":
    main()
