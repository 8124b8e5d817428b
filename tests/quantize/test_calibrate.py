import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import affine, to_int8
from tinypareto.quantize.calibrate import CASES, calibrate, chosen, input_quant
from tinypareto.quantize.correct import corrected
from tinypareto.quantize.observe import BATCH

SHAPE = (3, 20)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(3, 6, 5, padding=2),
        nn.BatchNorm1d(6),
        nn.ReLU(),
        nn.Conv1d(6, 4, 3),
        nn.Hardswish(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    ).eval()


def test_every_filter_gets_a_bias_and_means_are_kept() -> None:
    module, x = network(), np.random.default_rng(0).normal(size=(BATCH, *SHAPE)).astype(np.float32)
    made = calibrate(module, x)
    graph = lower(*trace(module, SHAPE), SHAPE)
    assert set(made.ranges) == set(graph.shapes())
    filters = {node.name: len(node.arrays["bias"]) for node in graph.nodes if node.arrays}
    assert {name: len(biases) for name, biases in made.biases.items()} == filters
    integer = quantize(corrected(graph, made.biases), made.ranges)
    rows = np.moveaxis(x, 1, -1)[:, None]
    quant = integer.quants[integer.output]
    steps = interpreter.run(integer, to_int8(rows, integer.quants[integer.input]))
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy().mean(0)
    error = (steps.mean(0) - quant.zero_point) * quant.scale - wanted
    assert np.abs(error).max() <= 0.51 * quant.scale


def test_it_is_the_same_again_and_leaves_the_module_as_it_was() -> None:
    module, x = network(), np.random.default_rng(0).normal(size=(40, *SHAPE)).astype(np.float32)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert calibrate(module, x) == calibrate(module, x)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_constant_cases_do_not_break_it(value: float) -> None:
    made = calibrate(network(), np.full((3, *SHAPE), value, np.float32))
    assert np.isfinite([*made.ranges.values()]).all()
    assert all(np.isfinite(biases).all() for biases in made.biases.values())


@given(count=st.integers(1, 3 * CASES))
def test_the_cases_are_spread_and_so_is_the_first_batch(count: int) -> None:
    cases = chosen(np.arange(count, dtype=np.float32)[:, None])[:, 0]
    assert len(set(cases.tolist())) == len(cases) == min(count, CASES)
    assert {0, count - 1} <= set(cases.tolist())
    first = np.sort(cases[:BATCH])
    assert np.diff([*first, count]).max() <= 2 * -(-count // min(BATCH, len(cases)))


def test_the_quantization_of_the_input_is_known_before() -> None:
    x = np.random.default_rng(0).normal(size=(300, *SHAPE)).astype(np.float32)
    _, name = trace(network(), SHAPE)
    assert input_quant(x) == affine(*calibrate(network(), x).ranges[name])
