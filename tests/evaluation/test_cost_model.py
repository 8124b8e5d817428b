import numpy as np
import pytest

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import PREFIX

LIMITS = Limits(rom_bytes=5_000, ram_bytes=2_000, flops=100_000)


@pytest.fixture(scope="module")
def cost_model() -> CostModel:
    return CostModel.from_spec(NetSpec("dscnn", {"width": 12, "depth": 3}, (2, 24), 3), LIMITS)


def test_many_candidates_at_once_cost_what_they_cost_one_by_one(cost_model: CostModel) -> None:
    rng = np.random.default_rng(0)
    params = {PREFIX + layer: rng.uniform(0, 0.99, 50) for layer in cost_model.layers}
    ratios = cost_model.ratios(params)
    for i, row in enumerate(ratios):
        sparsities = {layer: float(params[PREFIX + layer][i]) for layer in cost_model.layers}
        used = cost_model.resources(cost_model.channels(sparsities))
        assert tuple(row) == pytest.approx(LIMITS.ratios(used))


def test_other_parameters_are_ignored_and_missing_layers_keep_all(cost_model: CostModel) -> None:
    whole = cost_model.resources(cost_model.channels({}))
    params = {"lr": np.ones(2), PREFIX + cost_model.layers[0]: np.array([0.0, 0.5])}
    ratios = cost_model.ratios(params)
    assert tuple(ratios[0]) == pytest.approx(LIMITS.ratios(whole))
    assert (ratios[1] <= ratios[0]).all()
    assert ratios[1, 0] < ratios[0, 0]


def test_squeeze_excitation_is_prunable(cost_model: CostModel) -> None:
    assert any("se." in layer for layer in cost_model.layers)


def test_features_tell_how_thin_a_network_is(cost_model: CostModel) -> None:
    params = {PREFIX + layer: np.array([0.0, 0.0, 0.5]) for layer in cost_model.layers}
    params[PREFIX + cost_model.layers[1]] = np.array([0.0, 0.75, 0.5])
    whole, thin, half = cost_model.features(params)
    count = len(cost_model.layers)
    assert whole == pytest.approx(0)
    assert thin[count] == pytest.approx(np.log(0.25))
    assert half[count + 1] == pytest.approx(half[:count].mean())


def test_layers_without_a_sparsity_keep_all_in_every_candidate(cost_model: CostModel) -> None:
    features = cost_model.features({"lr": np.ones(2)})
    assert (features[0] == features[1]).all()
    assert (features[:, : len(cost_model.layers)] == 0).all()
