"""Compares the program linked before training with the one linked after it.

    OMP_NUM_THREADS=1 python -m benchmarks.relinking

Rewrites benchmarks/results/relinking.md: random candidates on digits, linked for a board with
made-up weights as a search does before training, and again with the trained ones.
"""

import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from tinypareto.data import load
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.network import Network
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space
from tinypareto.targets.measure import ChipMeasurement

RESULT = Path(__file__).parent / "results" / "relinking.md"
BOARD, NET, CANDIDATES, SEED = "nucleo-l4r5", "dscnn", 4, 1


def timed(profiler: LinkedProgramProfiler, network: Network) -> tuple[ChipMeasurement, float]:
    """A program, and the seconds that it took to compile, link and emulate."""
    start = time.perf_counter()
    return profiler.program(network), time.perf_counter() - start


def cells(made: ChipMeasurement) -> list[str]:
    """Sizes in bytes, and cycles."""
    assert made.run is not None
    flash = made.flash
    sizes = (flash.weights, flash.tables, flash.code, made.ram.total, made.run.instructions)
    return [str(number) for number in sizes]


def main() -> None:
    """Link every candidate twice, and train it in between."""
    torch.set_num_threads(1)
    dataset, settings = load("digits"), find(NET).complete({})
    spec = NetSpec(NET, settings, dataset.input_shape, dataset.outputs)
    profiler = LinkedProgramProfiler.for_board(dataset, BOARD)
    cost_model = CostModel.from_spec(spec, Limits())
    space = build_space("default", cost_model.layers, intervals("default", len(dataset.x_train)))
    selection = selection_folds(dataset, "validation", 0)
    evaluator = Evaluator(dataset, selection, 0)
    rng = np.random.default_rng(SEED)
    rows = []
    for number in range(CANDIDATES):
        candidate = space.from_unit(rng.random(len(space.free)))
        channels = cost_model.channels(candidate.sparsities)
        before, _ = timed(profiler, profiler.untrained(spec, channels))
        start = time.perf_counter()
        network = evaluator.evaluate(spec, candidate, channels, number).network
        training = time.perf_counter() - start
        after, linking = timed(profiler, network)
        for when, made in (("before", before), ("after", after)):
            rows.append([str(number), when, *cells(made)])
        rows[-1] += [f"{linking:.2f} s", f"{training:.2f} s"]
    lines = "\n".join(f"| {' | '.join([*row, '', ''][:9])} |" for row in rows)
    RESULT.write_text(f"""# Linked before training and after

Command: `OMP_NUM_THREADS=1 python -m benchmarks.relinking`; tinypareto {version("tinypareto")}, \
ziglang {version("ziglang")}. Random candidates of {NET} on digits, seed {SEED}, for {BOARD}; wall \
time on a busy machine. Multipliers are constants that the compiler sees, and branches depend on \
what is clipped, so code and instructions of the trained network are its own; weights, tables, \
arena and stack are those of the program before training.

| candidate | training | weights, B | tables, B | code, B | RAM, B | instructions | linking again \
| the rest of the trial |
|---|---|---|---|---|---|---|---|---|
{lines}
""")


if __name__ == "__main__":
    main()
