"""How far the predicted latency is from the emulated one; see docs/on-the-chip.md.

Run: python -m benchmarks.latency_model > benchmarks/results/latency_model.md

For each network and board: the cost_model of a search for it (eight emulated programs), then
prunings that it has not seen, sparsities uniform in [0, 0.95] by layer, seed 1. Beside it what is
off if time were proportional to the multiply-accumulates of the unpruned network.
"""

from importlib.metadata import version

import numpy as np
import torch

from tinypareto.evaluation.fit_cost_model import fit_structures
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.structures import searched_structures
from tinypareto.nets.registry import find
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate
from tinypareto.targets.boards import board

CASES = {
    "dscnn, width 48": ("dscnn", {"width": 48}, (3, 32, 32)),
    "resnet8": ("resnet8", {}, (3, 32, 32)),
    "mobilenetv3": ("mobilenetv3", {}, (3, 32, 32)),
    "dscnn, series": ("dscnn", {}, (4, 65)),
}
BOARDS = ("nucleo-l4r5", "raspberry-pi-pico")
CLASSES = tuple("abcdefghij")
TRIED = 16


def row(name: str, where: str) -> str:
    """One line of the table."""
    net, options, shape = CASES[name]
    settings = find(net).complete(options)
    exact = searched_structures(net, settings, {}, Limits(), shape, len(CLASSES))
    profiler = LinkedProgramProfiler(CLASSES, board(where))
    fitted = fit_structures(exact, profiler, timed=True)
    spec, cost_model = fitted.spec(Candidate({}, {})), fitted.model(Candidate({}, {}))
    whole = profiler.resources(spec, cost_model.channels({}))
    rng, layers = np.random.default_rng(1), cost_model.layers
    errors, plain = [], []
    for _ in range(TRIED):
        sparsities = dict(zip(layers, rng.uniform(0, 0.95, len(layers)).tolist(), strict=True))
        channels = cost_model.channels(sparsities)
        guessed, emulated = cost_model.resources(channels), profiler.resources(spec, channels)
        assert guessed.latency_ms
        assert emulated.latency_ms
        assert whole.latency_ms
        errors.append(abs(guessed.latency_ms / emulated.latency_ms - 1))
        by_work = whole.latency_ms * emulated.flops / whole.flops
        plain.append(abs(by_work / emulated.latency_ms - 1))
    cells = [name, where, f"{whole.latency_ms:.1f}"]
    cells += [f"{share:.1%}" for share in (np.mean(errors), max(errors), np.mean(plain))]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    names = "tinypareto", "ziglang", "unicorn"
    print("# Predicted against emulated latency\n")
    print("Command: python -m benchmarks.latency_model > benchmarks/results/latency_model.md\n")
    print(", ".join(f"{name} {version(name)}" for name in names) + "\n")
    print(f"{TRIED} random prunings each; inputs 3 x 32 x 32, series 4 x 65; 10 classes.\n")
    print("| network | board | unpruned, ms | mean error | worst error | by MACs, mean error |")
    print("|---|---|---|---|---|---|")
    for where in BOARDS:
        for name in CASES:
            print(row(name, where), flush=True)


if __name__ == "__main__":
    main()
