"""Accuracy with and without augmentation and averaged weights; see --help.

    OMP_NUM_THREADS=1 python benchmarks/few_cases.py ERing.npz BasicMotions.npz digits

One candidate a data set and network: the middle of the default space, with all layers pruned by
30 % and a learning rate that stays; only the random streams differ. Prints a Markdown table of the
int8 accuracy on the test split: mean and standard deviation over the seeds.
"""

import argparse
import importlib.metadata
import statistics
import sys

import torch

from tinypareto import data
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets import registry as nets
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space

WAYS: dict[str, dict[str, float]] = {
    "neither": {},
    "augment 0.5": {"augment": 0.5},
    "augment 1": {"augment": 1.0},
    "averaging 0.35": {"averaging": 0.35},
    "0.5 and 0.35": {"augment": 0.5, "averaging": 0.35},
    "1 and 0.35": {"augment": 1.0, "averaging": 0.35},
}
FIXED = {"sparsity": 0.3, "lr_gamma": 1.0}
NETS = {
    "4 separable, 9 taps": {"width": 32, "depth": 4, "reach": 4, "halvings": 2},
    "1 separable, 7 taps, stride 4": {"width": 128, "depth": 1, "reach": 3, "stride": 4},
}
PACKAGES = ("tinypareto", "torch", "numpy")


def accuracies(
    source: str, options: dict[str, int], way: dict[str, float], seeds: int
) -> list[float]:
    """In percent, by seed."""
    dataset = data.load(source)
    resolved = nets.find("dscnn").complete(options)
    spec = NetSpec("dscnn", resolved, dataset.input_shape, dataset.outputs)
    cost_model = CostModel.from_spec(spec, Limits())
    over = {name: (value, value) for name, value in (FIXED | way).items()}
    ranges = intervals("default", len(dataset.x_train), over)
    space = build_space("default", cost_model.layers, ranges)
    candidate = space.from_unit([0.5] * len(space.free))
    channels = cost_model.channels(candidate.sparsities)
    selection = selection_folds(dataset, "test", 0)
    evaluator = Evaluator(dataset, selection, 0)
    runs = (evaluator.evaluate(spec, candidate, channels, seed) for seed in range(seeds))
    return [100 * run.measurement.score for run in runs]


def main() -> None:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(
        description="Accuracy with and without augmentation and averaged weights."
    )
    parser.add_argument("sources", nargs="+", help="data sets by name, or .npz files")
    parser.add_argument("--seeds", type=int, default=6)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("# Few cases: augmentation and averaged weights\n")
    print("Int8 accuracy on the test split, %: mean ± standard deviation over", end=" ")
    print(f"{options.seeds} seeds. The candidate: see the script.\n")
    print("| data set | dscnn |", " | ".join(WAYS), "|")
    print("|---" * (2 + len(WAYS)) + "|")
    for source in options.sources:
        for name, net in NETS.items():
            found = [accuracies(source, net, way, options.seeds) for way in WAYS.values()]
            cells = [f"{statistics.mean(f):.1f} ± {statistics.stdev(f):.1f}" for f in found]
            print("|", " | ".join([data.short_name(source), name, *cells]), "|", flush=True)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    names = " ".join(source.rsplit("/", 1)[-1] for source in options.sources)
    print(f"\n`python benchmarks/few_cases.py {names} --seeds {options.seeds}`; {versions};")
    print(f"Python {sys.version.split()[0]}, one thread.")


if __name__ == "__main__":
    main()
