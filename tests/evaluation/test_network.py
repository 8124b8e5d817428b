import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.errors import DataError, ResultFolderError, TinyparetoError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluation, Evaluator
from tinypareto.evaluation.network import FORMAT, Network
from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.cost import emitted_rom_bytes
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.results.model_file import FILE, load_network
from tinypareto.search_space.candidate import Candidate
from tinypareto.targets.host import HostModel, compile_shared, find_compiler

NET = {"width": 12, "depth": 3}
SETTINGS = {"epochs": 8, "batch_size": 8, "lr": 0.05, "pruning_steps": 3}


def evaluate(dataset: Dataset, sparsities: list[float], epochs: int = 8) -> Evaluation:
    spec = NetSpec("dscnn", NET, dataset.input_shape, dataset.outputs)
    cost_model = CostModel.from_spec(spec, Limits())
    chosen = dict(zip(cost_model.layers, sparsities, strict=False))
    candidate = Candidate({**SETTINGS, "epochs": epochs}, chosen)
    channels = cost_model.channels(chosen)
    selection = selection_folds(dataset, "test", 0)
    evaluation = Evaluator(dataset, selection, 0).evaluate(spec, candidate, channels, 3)
    assert cost_model.resources(channels) == evaluation.measurement.resources
    return evaluation


@pytest.fixture(scope="module")
def evaluation(series: Dataset) -> Evaluation:
    return evaluate(series, [0.5, 0.25, 0.5, 0.6])


@pytest.fixture(scope="module")
def network(evaluation: Evaluation) -> Network:
    return evaluation.network


def test_it_learns_and_survives_int8(evaluation: Evaluation) -> None:
    assert evaluation.measurement.score_float > 0.8
    assert evaluation.measurement.score > evaluation.measurement.score_float - 0.1


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sparsities=st.lists(st.floats(0, 0.99), min_size=5, max_size=5))
def test_resources_predicted_before_training_equal_those_measured_after(
    series: Dataset, sparsities: list[float]
) -> None:
    network = evaluate(series, sparsities, epochs=1).network
    shapes = network.graph.shapes()
    for node in network.graph.nodes:
        if node.layer in network.recipe.channels:
            assert shapes[node.name][2] == network.recipe.channels[node.layer]
    assert emitted_rom_bytes(network.graph) > 0


def test_a_saved_network_is_the_same_bit_for_bit(
    network: Network, series: Dataset, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(network.to_bytes())
    loaded = load_network(tmp_path)
    assert loaded.recipe == network.recipe
    x = network.to_int8(series.x_test)
    assert (interpreter.run(loaded.graph, x) == interpreter.run(network.graph, x)).all()
    assert loaded.c_files() == network.c_files()
    y = series.y_test
    assert loaded.accuracy_float(series.x_test, y) == network.accuracy_float(series.x_test, y)


@pytest.mark.device
def test_the_compiled_c_equals_the_interpreter(
    network: Network, series: Dataset, tmp_path: Path
) -> None:
    if find_compiler() is None:
        pytest.skip("no C compiler: install one, or ziglang")
    library = compile_shared(network.c_files(), tmp_path)
    x = network.to_int8(series.x_test)
    outputs = HostModel(library, network.graph).run(x)
    assert (outputs == interpreter.run(network.graph, x)).all()


def test_raw_values_in_other_units_give_the_same_labels(network: Network, series: Dataset) -> None:
    """The input scaling holds the normalisation: scaled data with scaled statistics is equal."""
    recipe = network.recipe
    scaled = replace(
        recipe,
        mean=tuple(1000 * mean for mean in recipe.mean),
        std=tuple(1000 * std for std in recipe.std),
    )
    other = Network(scaled, network.module)
    assert (other.predict(1000 * series.x_test) == network.predict(series.x_test)).mean() > 0.98


def test_predictions_of_what_is_no_case_are_refused(network: Network, series: Dataset) -> None:
    spoilt = series.x_test.copy()
    spoilt[1, 0, 2] = np.nan
    with pytest.raises(DataError, match=r"NaN, infinite .* the first at index \[1, 0, 2\]"):
        network.predict(spoilt)
    with pytest.raises(DataError, match="predict: one case of x has shape"):
        network.predict(series.x_test[:, :, 1:])


def test_lists_and_tensors_are_cases(network: Network, series: Dataset) -> None:
    labels = network.predict(series.x_test[:5])
    for cases in (series.x_test[:5].tolist(), torch.from_numpy(series.x_test[:5])):
        np.testing.assert_array_equal(network.predict(cases), labels)  # type: ignore[arg-type]


def test_saturated_inputs_are_clamped(network: Network) -> None:
    extreme = np.full((1, 2, 24), 1e9, np.float32)
    assert (network.to_int8(extreme) == 127).all()


def test_a_file_from_before_biases_were_corrected_is_what_it_was(
    network: Network, tmp_path: Path
) -> None:
    recipe = asdict(network.recipe)
    del recipe["biases"]
    metadata = {"format": str(FORMAT), "tinypareto": json.dumps(recipe)}
    tensors = safetensors.numpy.load(network.to_bytes())
    (tmp_path / FILE).write_bytes(safetensors.numpy.save(tensors, metadata))
    shape = network.recipe.input_shape
    plain = quantize(lower(*trace(network.module, shape), shape), network.recipe.ranges)
    for node, old in zip(load_network(tmp_path).graph.nodes, plain.nodes, strict=True):
        assert node.arrays.keys() == old.arrays.keys()
        assert all((node.arrays[name] == old.arrays[name]).all() for name in old.arrays)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 20])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ResultFolderError, match="damaged"):
        load_network(tmp_path)


def test_a_truncated_file_is_refused(network: Network, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(network.to_bytes()[:-10])
    with pytest.raises(ResultFolderError, match="damaged"):
        load_network(tmp_path)


def test_a_newer_file_is_refused(network: Network, tmp_path: Path) -> None:
    old, new = f'"format":"{FORMAT}"'.encode(), f'"format":"{FORMAT + 1}"'.encode()
    content = network.to_bytes()
    assert old in content
    (tmp_path / FILE).write_bytes(content.replace(old, new))
    with pytest.raises(ResultFolderError, match=f"format '{FORMAT + 1}'"):
        load_network(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultFolderError, match="no such file"):
        load_network(tmp_path / "none")


@pytest.mark.parametrize(
    "change",
    [
        {"net": "subprocess:call", "net_settings": {}, "input_shape": ["touch", "HERE"]},
        {"net": "subprocess:call", "net_settings": {"args": "touch HERE", "shell": True}},
        {"channels": {"stem": 10**9}},
        {"input_shape": [0, 24]},
        {"mean": None},
        {"net": "none"},
    ],
)
def test_a_foreign_recipe_runs_nothing(
    change: dict[str, Any], network: Network, tmp_path: Path
) -> None:
    content, here = network.to_bytes(), tmp_path / "touched"
    tensors = safetensors.numpy.load(content)
    recipe = asdict(network.recipe) | json.loads(json.dumps(change).replace("HERE", str(here)))
    metadata = {"format": str(FORMAT), "tinypareto": json.dumps(recipe)}
    (tmp_path / FILE).write_bytes(safetensors.numpy.save(tensors, metadata))
    with pytest.raises(TinyparetoError):
        load_network(tmp_path)
    assert not here.exists()
