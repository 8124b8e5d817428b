"""How near the planned arenas are to the peak of live tensors, and what planning costs.

    OMP_NUM_THREADS=1 python benchmarks/memory_plan.py

Rewrites benchmarks/results/memory_plan.md: randomly pruned networks of every family, and random
lifetimes, on which first fit misses the peak more often than on any network.
"""

import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from tinypareto.frontend.trace import trace
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.memory import liveness
from tinypareto.graph.memory.liveness import Buffers
from tinypareto.graph.memory.ordering import best_orders
from tinypareto.graph.memory.placement import place, place_by_heuristics
from tinypareto.graph.memory.plan import arena_bytes, peak_bytes
from tinypareto.nets.registry import NETS
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left, pruning_plan

RESULT = Path(__file__).parent / "results" / "memory_plan.md"
SHAPES, CLASSES = ((3, 100), (3, 32, 32)), 5
CANDIDATES, SEED = 1000, 0
LIFETIMES = ((8, 12), (16, 24), (24, 36))
"""Steps and buffers of the random problems."""
PROBLEMS, SIZES = 60, 10


def candidates(name: str, shape: tuple[int, ...]) -> Graph:
    """One family, with arrays of channel counts: each layer loses 0 to 90 % of its filters."""
    torch.manual_seed(SEED)
    calls, source = trace(NetSpec(name, {}, shape, CLASSES).build(), shape)
    plan, rng = pruning_plan(calls, source), np.random.default_rng(SEED)
    counts = {
        layer: filters_left(width, rng.uniform(0, 0.9, CANDIDATES))
        for layer, width in plan.widths.items()
    }
    return lower(calls, source, shape).resized(plan.layer_channels(counts))


def family_row(name: str, shape: tuple[int, ...]) -> str:
    """Share at the peak, the worst arena, seconds, and the price of alignment."""
    graph = candidates(name, shape)
    start = time.perf_counter()
    arenas = np.broadcast_to(arena_bytes(graph), CANDIDATES)
    seconds = time.perf_counter() - start
    excess = arenas / peak_bytes(graph)
    alignment, liveness.ALIGNMENT = liveness.ALIGNMENT, 1
    packed = np.broadcast_to(arena_bytes(graph), CANDIDATES)
    liveness.ALIGNMENT = alignment
    numbers = (
        f"{np.mean(excess == 1):.1%}",
        f"{excess.max():.3f}",
        f"{seconds * 1e3:.0f} ms",
        f"{len(best_orders(graph))}",
        f"{np.median(arenas):.0f} B",
        f"{np.mean(arenas - packed):.1f} B",
        f"{np.max(arenas / packed) - 1:.2%}",
    )
    size = " x ".join(map(str, shape))
    return f"| {name} | {size} | {len(graph.nodes)} | {' | '.join(numbers)} |"


def random_row(steps: int, count: int) -> str:
    """Random lifetimes (geometric, mean 3 steps) and sizes (1 to 40 words)."""
    rng, reached, seconds = np.random.default_rng(SEED), [], 0.0
    for _ in range(PROBLEMS):
        starts = rng.integers(0, steps, count)
        ends = np.minimum(starts + rng.geometric(0.35, count), steps - 1)
        at = np.arange(steps)[:, None]
        live = (starts <= at) & (at <= ends)
        pieces = Buffers({}, live[live.any(axis=1)], rng.integers(1, 41, (SIZES, count)))
        simple = place_by_heuristics(pieces)[1] == pieces.peaks()
        start = time.perf_counter()
        searched = place(pieces)[1] == pieces.peaks()
        seconds += time.perf_counter() - start
        reached.append((simple.mean(), searched.mean()))
    before, after = np.mean(reached, axis=0)
    each = seconds / PROBLEMS / SIZES * 1e3
    return f"| {steps} | {count} | {before:.1%} | {after:.1%} | {each:.1f} ms |"


def main() -> None:
    """Measure and write the table."""
    families = [family_row(name, shape) for name in NETS for shape in SHAPES]
    lifetimes = [random_row(*sizes) for sizes in LIFETIMES]
    versions = ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "numpy", "torch"))
    text = [
        "# Memory plan",
        "",
        f"`python benchmarks/memory_plan.py`, seed {SEED}, one thread; {versions}",
        "",
        f"{CANDIDATES} random prunings per family. *At peak*: the arena is as small as the live "
        "tensors of the fullest step, in the best order of execution. *Time*: all of them "
        "together. *Orders*: different orders of execution that they take. *Alignment*: what "
        "tensors at multiples of 4 bytes cost, mean and worst.",
        "",
        "| family | input | nodes | at peak | worst arena / peak | time | orders | median arena "
        "| alignment, mean | worst |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *families,
        "",
        f"{PROBLEMS} random sets of lifetimes with {SIZES} random sets of sizes each. No arena may "
        "reach the peak of some of them.",
        "",
        "| steps | buffers | at peak, heuristics | with search | time of one |",
        "|---|---|---|---|---|",
        *lifetimes,
        "",
    ]
    RESULT.write_text("\n".join(text))


if __name__ == "__main__":
    main()
