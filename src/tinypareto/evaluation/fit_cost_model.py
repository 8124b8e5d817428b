"""Fits the cost model of a search to a few compiled and emulated programs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from tinypareto.evaluation.family_costs import FamilyCosts
from tinypareto.evaluation.latency_model import LatencyModel
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.structures import Structures
from tinypareto.resources import Resources
from tinypareto.targets.measure import ChipMeasurement

RANDOM = 6
"""Number of programs with random sparsities."""
HIGHEST = 0.95
"""Largest sparsity of any layer."""


def fit_structures(
    structures: Structures, profiler: LinkedProgramProfiler, timed: bool = False
) -> Structures:
    """Add what code and stack take, and the latency, to the costs of constants and arena.

    The solver's inner loop uses the result for thousands of candidates. Their code differs a
    little; what is added is the mean over the programs built here, of each family. A trial's own
    numbers come from its own program.

    Args:
        structures: Predicts constants and arena.
        profiler: Builds and emulates the programs.
        timed: Whether to predict latency as well, which takes more programs. If latency has no
            limit, its limit becomes the latency of the largest unpruned network.
    """
    fitted = {name: _fitted(costs, profiler, timed) for name, costs in structures.families.items()}
    limits = structures.limits
    if timed and limits.latency_ms is None:
        limits = replace(limits, latency_ms=max(slowest for _, slowest in fitted.values()))
    families = {name: replace(costs, limits=limits) for name, (costs, _) in fitted.items()}
    return Structures(families, limits)


def _fitted(
    costs: FamilyCosts, profiler: LinkedProgramProfiler, timed: bool
) -> tuple[FamilyCosts, float]:
    """Costs of a family with code, stack and latency, and the milliseconds of its largest."""
    excesses, graphs, times = [], [], []
    for structure, sparsities in _designs(costs, timed):
        model, spec = costs.model(structure), costs.spec(structure)
        channels = model.channels(sparsities)
        program = profiler.program(profiler.untrained(spec, channels))
        exact = model.resources(channels)
        rom_excess = program.flash.total - exact.rom_bytes
        excesses.append((rom_excess, program.ram.total - exact.ram_bytes))
        if timed:
            graphs.append(model.pruned(channels))
            times.append(_times(program, profiler))
    rom, ram = np.mean(excesses, axis=0).round().astype(int).tolist()
    latency = LatencyModel.fitted(graphs, times, by_kind=bool(costs.axes)) if timed else None
    sized = replace(costs, overhead=Resources(rom, ram, 0), latency=latency)
    return sized, sum(times[0]) if timed else 0.0


def _designs(
    costs: FamilyCosts, timed: bool
) -> Iterator[tuple[Mapping[str, int], dict[str, float]]]:
    """Structures and sparsities by layer: the largest network first, always the same ones."""
    largest = costs.largest
    layers = costs.model(largest).layers
    yield largest, dict.fromkeys(layers, 0.0)
    if not timed:
        yield largest, dict.fromkeys(layers, 0.5)
        return
    yield largest, dict.fromkeys(layers, HIGHEST)
    rng = np.random.default_rng(0)
    for _ in range(RANDOM):
        structure = {axis.name: int(axis.from_unit(rng.random())) for axis in costs.axes}
        layers = costs.model(structure).layers
        drawn = rng.uniform(0.0, HIGHEST, len(layers)).tolist()
        yield structure, dict(zip(layers, drawn, strict=True))


def _times(program: ChipMeasurement, profiler: LinkedProgramProfiler) -> list[float]:
    """Milliseconds of each layer, then those outside of the layers."""
    assert program.run is not None
    return [profiler.ms(row.cycles) for row in program.run.layers if row.cycles is not None]
