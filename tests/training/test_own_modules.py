"""The whole way of a network that the project does not know: prune, quantize, C, exact costs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from own_modules import OWN
from torch import nn

from tinypareto.codegen import ModelInfo, emit
from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.cost import emitted_rom_bytes, resources, resources_array
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import to_int8
from tinypareto.pruning.plan import PruningPlan, filters_left
from tinypareto.pruning.prune import plan_from_module, prune
from tinypareto.quantize.observe import observe
from tinypareto.targets.host import HostModel, compile_shared, find_compiler

STEPS = 5
"""Steps of the output by which int8 may differ from float at most, through a whole network."""

every_module = pytest.mark.parametrize("name", OWN)


def prepared(name: str) -> nn.Module:
    """With batch norms that have seen data."""
    make, shape = OWN[name]
    torch.manual_seed(0)
    module = make()
    for _ in range(20):
        module(torch.randn(16, *shape))
    return module.eval()


def counts_of(plan: PruningPlan, rng: np.random.Generator) -> dict[str, int]:
    return {layer: filters_left(width, rng.uniform(0, 0.8)) for layer, width in plan.widths.items()}


def pruned(name: str, seed: int) -> tuple[nn.Module, Graph]:
    """A randomly pruned network, and the graph that was predicted for it."""
    module, shape, rng = prepared(name), OWN[name][1], np.random.default_rng(seed)
    plan = plan_from_module(module, shape)
    predicted = lower(*trace(module, shape), shape)
    counts = counts_of(plan, rng)
    keep = {
        layer: np.sort(rng.choice(plan.widths[layer], count, replace=False))
        for layer, count in counts.items()
    }
    prune(module, plan, keep)
    return module, predicted.resized(plan.layer_channels(counts))


def cases(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(64, *shape)).astype(np.float32)


def quantized(module: nn.Module, shape: tuple[int, ...]) -> Graph:
    graph = lower(*trace(module, shape), shape)
    # Nothing is clipped: errors are told in steps.
    seen = observe(module, cases(shape), graph.shapes())
    return quantize(graph, {name: (one.low, one.high) for name, one in seen.items()})


def channels_last(x: NDArray[np.float32]) -> NDArray[np.float32]:
    planes = x[:, :, None] if x.ndim == 3 else x
    return planes.transpose(0, 2, 3, 1)


@every_module
@pytest.mark.parametrize("seed", range(3))
def test_predicted_resources_are_those_of_the_pruned_network(name: str, seed: int) -> None:
    module, predicted = pruned(name, seed)
    graph = quantized(module, OWN[name][1])
    assert resources(graph) == resources(predicted)
    assert emitted_rom_bytes(graph) == resources(predicted).rom_bytes


@every_module
def test_many_candidates_at_once_cost_what_each_costs(name: str) -> None:
    module, shape, rng = prepared(name), OWN[name][1], np.random.default_rng(0)
    plan, graph = plan_from_module(module, shape), lower(*trace(module, shape), shape)
    many = [plan.layer_channels(counts_of(plan, rng)) for _ in range(40)]
    together = {layer: np.array([one[layer] for one in many]) for layer in many[0]}
    rows = resources_array(graph.resized(together))
    for one, row in zip(many, rows, strict=True):
        np.testing.assert_array_equal(row, resources_array(graph.resized(one))[0])


@every_module
@pytest.mark.parametrize("seed", range(2))
def test_integers_stay_close_to_the_float_network(name: str, seed: int) -> None:
    shape = OWN[name][1]
    module, _ = pruned(name, seed)
    graph, x = quantized(module, shape), cases(shape)
    given, made = graph.quants[graph.input], graph.quants[graph.output]
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy()
    wanted = (channels_last(wanted) if wanted.ndim == 4 else wanted).reshape(len(x), -1)
    got = interpreter.run(graph, to_int8(channels_last(x), given))
    error = (got - float(made.zero_point)) * made.scale - wanted
    assert np.abs(error).max() <= STEPS * made.scale
    assert error.std() <= 1.5 * made.scale


@pytest.mark.device
@pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")
@every_module
def test_c_equals_the_interpreter_bit_for_bit(name: str, tmp_path: Path) -> None:
    module, _ = pruned(name, 1)
    graph = quantized(module, OWN[name][1])
    channels = graph.input_shape[2]
    info = ModelInfo(name, (), (1.0,) * channels, (0.0,) * channels)
    strict = ("-pedantic", "-Wall", "-Wextra", "-Werror")
    library = compile_shared(emit(graph, info), tmp_path, flags=strict)
    x = np.random.default_rng(1).integers(-128, 128, (16, *graph.input_shape)).astype(np.int8)
    np.testing.assert_array_equal(HostModel(library, graph).run(x), interpreter.run(graph, x))
