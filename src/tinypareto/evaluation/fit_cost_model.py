"""Fits the cost model of a search to a few programs that were compiled and emulated."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.evaluation.linked_program import Linker
from tinypareto.resources import Resources
from tinypareto.targets.measure import ChipMeasurement

RANDOM = 6
HIGHEST = 0.95


def calibrated(predictor: CostModel, linker: Linker, timed: bool = False) -> CostModel:
    """The cost model with what code and stack add, as the solver's inner loop needs it.

    The code differs a little from candidate to candidate; what is added is the mean over the
    programs built here. A trial's own numbers come from its own program.

    Args:
        predictor: Of the constants and the arena.
        linker: Builds and emulates.
        timed: Whether latency is to be predicted too, which takes more programs. Where it has no
            limit, the limit becomes the latency of the unpruned network.
    """
    excesses, graphs, times = [], [], []
    for sparsities in _designs(predictor, timed):
        channels = predictor.channels(sparsities)
        made = linker.program(linker.untrained(channels))
        exact = predictor.resources(channels)
        excesses.append((made.flash.total - exact.rom_bytes, made.ram.total - exact.ram_bytes))
        if timed:
            graphs.append(predictor.pruned(channels))
            times.append(_times(made, linker))
    rom, ram = np.mean(excesses, axis=0).round().astype(int).tolist()
    sized = replace(predictor, overhead=Resources(rom, ram, 0))
    if not timed:
        return sized
    limits = predictor.limits
    if limits.latency_ms is None:
        limits = replace(limits, latency_ms=sum(times[0]))
    return replace(sized, latency=LatencyModel.fitted(graphs, times), limits=limits)


def _designs(predictor: CostModel, timed: bool) -> Iterator[dict[str, float]]:
    """Sparsities by layer: the unpruned network first, then others, always the same."""
    layers = predictor.layers
    yield dict.fromkeys(layers, 0.0)
    if not timed:
        yield dict.fromkeys(layers, 0.5)
        return
    yield dict.fromkeys(layers, HIGHEST)
    rng = np.random.default_rng(0)
    for _ in range(RANDOM):
        yield dict(zip(layers, rng.uniform(0.0, HIGHEST, len(layers)).tolist(), strict=True))


def _times(made: ChipMeasurement, linker: Linker) -> list[float]:
    """Milliseconds of each layer, then those around them."""
    assert made.run is not None
    return [linker.ms(row.cycles) for row in made.run.layers if row.cycles is not None]
