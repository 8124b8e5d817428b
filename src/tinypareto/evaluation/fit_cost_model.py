"""Fits the cost model of a search to a few compiled and emulated programs."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.resources import Resources
from tinypareto.targets.measure import ChipMeasurement

RANDOM = 6
"""Number of programs with random sparsities."""
HIGHEST = 0.95
"""Largest sparsity of any layer."""


def fit_cost_model(
    cost_model: CostModel, profiler: LinkedProgramProfiler, timed: bool = False
) -> CostModel:
    """Add what code and stack take, and the latency, to a cost model of constants and arena.

    The solver's inner loop uses the result for thousands of candidates. Their code differs a
    little; what is added is the mean over the programs built here. A trial's own numbers come from
    its own program.

    Args:
        cost_model: Predicts constants and arena.
        profiler: Builds and emulates the programs.
        timed: Whether to predict latency as well, which takes more programs. If latency has no
            limit, its limit becomes the latency of the unpruned network.
    """
    excesses, graphs, times = [], [], []
    for sparsities in _designs(cost_model, timed):
        channels = cost_model.channels(sparsities)
        program = profiler.program(profiler.untrained(channels))
        exact = cost_model.resources(channels)
        rom_excess = program.flash.total - exact.rom_bytes
        excesses.append((rom_excess, program.ram.total - exact.ram_bytes))
        if timed:
            graphs.append(cost_model.pruned(channels))
            times.append(_times(program, profiler))
    rom, ram = np.mean(excesses, axis=0).round().astype(int).tolist()
    sized = replace(cost_model, overhead=Resources(rom, ram, 0))
    if not timed:
        return sized
    limits = cost_model.limits
    if limits.latency_ms is None:
        limits = replace(limits, latency_ms=sum(times[0]))
    return replace(sized, latency=LatencyModel.fitted(graphs, times), limits=limits)


def _designs(cost_model: CostModel, timed: bool) -> Iterator[dict[str, float]]:
    """Sparsities by layer: the unpruned network first, then others, always the same ones."""
    layers = cost_model.layers
    yield dict.fromkeys(layers, 0.0)
    if not timed:
        yield dict.fromkeys(layers, 0.5)
        return
    yield dict.fromkeys(layers, HIGHEST)
    rng = np.random.default_rng(0)
    for _ in range(RANDOM):
        yield dict(zip(layers, rng.uniform(0.0, HIGHEST, len(layers)).tolist(), strict=True))


def _times(program: ChipMeasurement, profiler: LinkedProgramProfiler) -> list[float]:
    """Milliseconds of each layer, then those outside of the layers."""
    assert program.run is not None
    return [profiler.ms(row.cycles) for row in program.run.layers if row.cycles is not None]
