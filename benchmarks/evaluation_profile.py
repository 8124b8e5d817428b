"""Profiles a step of SGD: by torch's autograd and optimizer, and by our steps.

    OMP_NUM_THREADS=1 python -m benchmarks.evaluation_profile

Rewrites benchmarks/results/evaluation_profile.md. Both run in turn on the same batch; the time is
the least CPU time of a step, the calls are those that torch's profiler counts.
"""

import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.profiler import ProfilerActivity, profile

from tinypareto.frontend.trace import symbolic
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left
from tinypareto.pruning.prune import plan_from_module, prune
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.compiled_program import Program
from tinypareto.training.engine.tape import Tape
from tinypareto.training.sgd import FlatSGD

RESULT = Path(__file__).parent / "results" / "evaluation_profile.md"
SERIES = {"width": 32, "depth": 10}
CASES = {
    "dscnn on 15 series 4 x 65 (ERing)": ("dscnn", SERIES, (4, 65), 15),
    "dscnn on 16 series 3 x 206 (Epilepsy)": ("dscnn", {"width": 32, "depth": 6}, (3, 206), 16),
    "dscnn on 32 images 8 x 8 (digits)": ("dscnn", {"width": 32, "depth": 6}, (1, 8, 8), 32),
    "resnet8 on 32 images 3 x 32 x 32": ("resnet8", {"width": 16}, (3, 32, 32), 32),
}
SPARSITIES, CLASSES, STEPS, PROFILED, TOP = (0.0, 0.6), 6, 40, 5, 4


def network(
    name: str, settings: dict[str, int], shape: tuple[int, ...], sparsity: float
) -> nn.Module:
    """Build a network with random weights, and prune it."""
    torch.manual_seed(0)
    module = NetSpec(name, settings, shape, CLASSES).build()
    plan = plan_from_module(module, shape)
    prune(
        module,
        plan,
        {layer: np.arange(filters_left(w, sparsity)) for layer, w in plan.widths.items()},
    )
    return module.train()


def before(module: nn.Module, x: Tensor, y: Tensor) -> Callable[[], None]:
    """A step by autograd and torch's fused SGD, the channels last."""
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.SGD(
        module.parameters(), lr=0.0, momentum=0.9, weight_decay=1e-4, fused=True
    )

    def step() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(module(x), y))
        optimizer.step()

    return step


def after(module: nn.Module, x: Tensor, y: Tensor) -> Callable[[], None]:
    """A step as it is done: in C throughout where every layer allows, else by the tape."""
    optimizer = FlatSGD(module, 0.9, 1e-4)
    entries = TracedCalls.from_graph(module, symbolic(module))
    tape = Program.from_calls(entries, tuple(x.shape[1:]), len(x)) or Tape(entries)

    def step() -> None:
        with torch.inference_mode():
            tape.backward(CLASSIFICATION.loss_gradient(tape.forward(x), y))
        optimizer.step(0.0)

    return step


def fastest(steps: tuple[Callable[[], None], ...]) -> list[float]:
    """Least CPU seconds of each, run in turn."""
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(STEPS):
        for kept_times, step in zip(times, steps, strict=True):
            start = time.thread_time()
            step()
            kept_times.append(time.thread_time() - start)
    return [min(one) for one in times]


def profiled(step: Callable[[], None]) -> tuple[float, str]:
    """Calls of torch's operators in a step, and the shares of the longest."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(PROFILED):
            step()
    events = seen.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    longest = sorted(events, key=lambda event: -event.self_cpu_time_total)[:TOP]
    shares = (
        f"{e.key.removeprefix('aten::')} {e.self_cpu_time_total / total:.0%}" for e in longest
    )
    calls = sum(event.count for event in events if event.key.startswith("aten::"))
    return calls / PROFILED, ", ".join(shares)


def lines(title: str, sparsity: float) -> list[str]:
    """The rows of one case."""
    name, settings, shape, count = CASES[title]
    x, y = torch.randn(count, *shape), torch.arange(count) % CLASSES
    ways = {"before": before, "after": after}
    steps = tuple(way(network(name, settings, shape, sparsity), x, y) for way in ways.values())
    times = fastest(steps)
    rows = []
    for way, step, seconds in zip(ways, steps, times, strict=True):
        calls, shares = profiled(step)
        ratio = f"{times[0] / seconds:.2f}"
        cells = (title, f"{sparsity:.0%}", way, f"{seconds * 1e3:.2f} ms", ratio, f"{calls:.0f}")
        rows.append(f"| {' | '.join(cells)} | {shares} |")
    return rows


def main() -> None:
    """Measure everything."""
    torch.set_num_threads(1)
    rows = [row for title in CASES for sparsity in SPARSITIES for row in lines(title, sparsity)]
    head = f"""# A step of SGD, before and after

Command: `OMP_NUM_THREADS=1 python -m benchmarks.evaluation_profile`; torch {version("torch")}.
Before: autograd and torch's fused SGD. After: the steps of
`training/engine/compiled_program.py` (dscnn) or, where a convolution that is not the first has many
taps, `training/engine/tape.py` (resnet8). One thread; least CPU time of {STEPS} steps, both run in
turn; operators as torch's profiler counts them (it does not see the compiled C). Load average of
the machine at the end: {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores; shares of a
busy machine include waiting.

| step | removed | | CPU time | ratio | operators | longest |
|---|---|---|---|---|---|---|
"""
    RESULT.write_text(head + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
