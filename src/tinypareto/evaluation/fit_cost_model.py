"""Fits the cost model of a search to a few compiled and emulated programs."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.evaluation.linked_program import Linker
from tinypareto.resources import Resources
from tinypareto.targets.measure import ChipMeasurement

RANDOM = 6
"""Number of programs with random sparsities."""
HIGHEST = 0.95
"""Largest sparsity of any layer."""


def calibrated(predictor: CostModel, linker: Linker, timed: bool = False) -> CostModel:
    """Add what code and stack take, and the latency, to a cost model of constants and arena.

    The solver's inner loop uses the result for thousands of candidates. Their code differs a
    little; what is added is the mean over the programs built here. A trial's own numbers come from
    its own program.

    Args:
        predictor: Predicts constants and arena.
        linker: Builds and emulates the programs.
        timed: Whether to predict latency as well, which takes more programs. If latency has no
            limit, its limit becomes the latency of the unpruned network.
    """
    excesses, graphs, times = [], [], []
    for sparsities in _designs(predictor, timed):
        channels = predictor.channels(sparsities)
        program = linker.program(linker.untrained(channels))
        exact = predictor.resources(channels)
        rom_excess = program.flash.total - exact.rom_bytes
        excesses.append((rom_excess, program.ram.total - exact.ram_bytes))
        if timed:
            graphs.append(predictor.pruned(channels))
            times.append(_times(program, linker))
    rom, ram = np.mean(excesses, axis=0).round().astype(int).tolist()
    sized = replace(predictor, overhead=Resources(rom, ram, 0))
    if not timed:
        return sized
    limits = predictor.limits
    if limits.latency_ms is None:
        limits = replace(limits, latency_ms=sum(times[0]))
    return replace(sized, latency=LatencyModel.fitted(graphs, times), limits=limits)


def _designs(predictor: CostModel, timed: bool) -> Iterator[dict[str, float]]:
    """Sparsities by layer: the unpruned network first, then others, always the same ones."""
    layers = predictor.layers
    yield dict.fromkeys(layers, 0.0)
    if not timed:
        yield dict.fromkeys(layers, 0.5)
        return
    yield dict.fromkeys(layers, HIGHEST)
    rng = np.random.default_rng(0)
    for _ in range(RANDOM):
        yield dict(zip(layers, rng.uniform(0.0, HIGHEST, len(layers)).tolist(), strict=True))


def _times(program: ChipMeasurement, linker: Linker) -> list[float]:
    """Milliseconds of each layer, then those outside of the layers."""
    assert program.run is not None
    return [linker.ms(row.cycles) for row in program.run.layers if row.cycles is not None]
