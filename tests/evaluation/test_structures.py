import pickle

import numpy as np
import pytest

from tinypareto.evaluation.structures import Structures, searched_structures
from tinypareto.nets.intervals import structure_intervals
from tinypareto.nets.options import AUTO
from tinypareto.nets.registry import NETS, suited
from tinypareto.resources import Limits
from tinypareto.search_space.space import NET, Space, build_space, to_params

LIMITS = Limits(20_000, 8_000, 400_000)
SHAPES = ((3, 40), (1, 12, 12))


def searched(net: str, shape: tuple[int, ...], limits: Limits = LIMITS) -> Structures:
    return searched_structures(net, {}, structure_intervals(net, {}, {}, shape), limits, shape, 4)


def space_of(structures: Structures) -> Space:
    layers, parameters = structures.layers, structures.parameters
    return build_space("default", layers, {}, parameters, structures.trained)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("net", [*(net for net in NETS if net != "linear"), AUTO])
def test_costs_of_many_structures_at_once_are_those_of_each_alone(
    net: str, shape: tuple[int, ...]
) -> None:
    structures = searched(net, shape)
    space, rng = space_of(structures), np.random.default_rng(0)
    rows = [[p.from_unit(u) for p, u in zip(space.parameters, rng.random(99))] for _ in range(12)]  # noqa: B905
    params = {p.name: np.array([row[i] for row in rows]) for i, p in enumerate(space.parameters)}
    ratios, features = structures.ratios(params), structures.features(params)
    assert np.isfinite(features).all()
    for index in range(len(rows)):
        candidate = space.from_unit(
            [
                p.to_unit(v)
                for p, v in zip(space.parameters, rows[index], strict=True)
                if not p.fixed
            ]
        )
        used = structures.model(candidate).resources(structures.channels(candidate))
        np.testing.assert_allclose(ratios[index], LIMITS.ratios(used))
        built = structures.spec(candidate).build()
        assert sum(1 for _ in built.modules()) > 1


def test_costs_that_were_asked_reach_another_process() -> None:
    structures = searched("dscnn", (3, 40))
    params = {p.name: np.array([p.low, p.high]) for p in space_of(structures).parameters}
    ratios = structures.ratios(params)
    sent = pickle.loads(pickle.dumps(structures))
    np.testing.assert_array_equal(sent.ratios(params), ratios)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_candidate_has_a_sparsity_for_each_layer_of_its_own_and_no_other(
    shape: tuple[int, ...],
) -> None:
    structures = searched(AUTO, shape)
    space, rng = space_of(structures), np.random.default_rng(1)
    for _ in range(20):
        candidate = space.from_unit(rng.random(len(space.free)))
        sgd = not structures.family(candidate.structure).closed_form
        assert set(candidate.sparsities) == set(structures.model(candidate).layers if sgd else ())
        assert ("epochs" in candidate.settings) == sgd
        names = {name.partition("/")[0] for name in candidate.structure if name != NET}
        assert names <= {structures.family(candidate.structure).base.name}
        again = space.from_unit(space.to_unit(candidate))
        assert to_params(again) == pytest.approx(to_params(candidate)) or len(suited(shape)) > 1


def test_nothing_of_the_space_is_below_the_least_resources() -> None:
    structures = searched("dscnn", (3, 40))
    space, rng = space_of(structures), np.random.default_rng(2)
    highest = dict.fromkeys(structures.layers, 0.95)
    least = structures.least(highest)
    candidates = [space.from_unit(rng.random(len(space.free))) for _ in range(30)]
    used = [structures.model(c).resources(structures.channels(c)) for c in candidates]
    assert least.rom_bytes <= min(one.rom_bytes for one in used)
    assert least.ram_bytes <= min(one.ram_bytes for one in used)
    assert least.flops <= min(one.flops for one in used)


def test_a_copy_in_another_process_costs_the_same() -> None:
    structures = searched("dscnn", (3, 40))
    candidate = space_of(structures).middle
    channels = structures.channels(candidate)
    copy = pickle.loads(pickle.dumps(structures))
    assert copy.model(candidate).resources(channels) == structures.model(candidate).resources(
        channels
    )


def test_a_fixed_option_is_no_parameter() -> None:
    shape = (3, 40)
    space = structure_intervals("dscnn", {"width": 20}, {"dscnn/depth": (3, 3)}, shape)
    found = searched_structures("dscnn", {"width": 20}, space, LIMITS, shape, 4)
    names = {parameter.name for parameter in found.parameters}
    assert names == {"dscnn/reach", "dscnn/halvings", "dscnn/stride"}
    options = found.spec(space_of(found).middle).options
    assert (options["width"], options["depth"]) == (20, 3)


def test_a_network_with_nothing_to_search_has_no_structure() -> None:
    found = searched_structures("resnet8", {"width": 8}, {}, LIMITS, (1, 12, 12), 4)
    assert found.parameters == ()
    assert set(found.layers.values()) == {None}
