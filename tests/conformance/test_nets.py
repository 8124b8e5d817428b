"""What every family of `NETS` must do; a new one is tested by being registered."""

import time

import numpy as np
import pytest
import torch
from torch import nn

from tinypareto.errors import ConfigError
from tinypareto.graph.ops import OPS
from tinypareto.nets import NETS, build, find
from tinypareto.nets.channels import kept
from tinypareto.nets.flow import FLATTEN, PASSING
from tinypareto.nets.trace import trace
from tinypareto.training.prune import plan_of, prune, rebuild

SHAPES = [(3, 50), (1, 700), (3, 12, 12), (1, 8, 40)]
CLASSES = 5

families = pytest.mark.parametrize("name", NETS)
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@families
def test_registered_under_its_name(name: str) -> None:
    family = NETS[name]
    assert family.name == name
    assert family.summary
    for setting in family.settings.values():
        assert setting.low <= setting.default <= setting.high


@families
@shapes
def test_logits_of_defaults(name: str, shape: tuple[int, ...]) -> None:
    module = build(name, {}, shape, CLASSES).eval()
    assert module(torch.rand(2, *shape)).shape == (2, CLASSES)


@families
@shapes
@pytest.mark.parametrize("bound", ["low", "high"])
def test_every_extreme_setting_traces(name: str, shape: tuple[int, ...], bound: str) -> None:
    for setting, ranges in NETS[name].settings.items():
        module = build(name, {setting: getattr(ranges, bound)}, shape, CLASSES)
        assert plan_of(module, shape).widths


@families
@shapes
def test_only_known_layers(name: str, shape: tuple[int, ...]) -> None:
    known = PASSING | FLATTEN | frozenset().union(*(op.targets for op in OPS))
    calls, _ = trace(build(name, {}, shape, CLASSES), shape)
    assert {call.target for call in calls} <= known


@families
@shapes
def test_random_pruning_leaves_exactly_what_is_predicted(name: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    module = build(name, {}, shape, CLASSES)
    plan = plan_of(module, shape)
    counts = {layer: kept(w, rng.uniform(0, 0.99)) for layer, w in plan.widths.items()}
    predicted = plan.layer_channels(counts)
    keep = {
        layer: np.sort(rng.choice(plan.widths[layer], count, replace=False))
        for layer, count in counts.items()
    }
    prune(module, plan, keep)
    calls, _ = trace(module, shape)
    shape_of = {call.name: call.shape for call in calls}
    assert {layer: shape_of[layer][0] for layer in predicted} == predicted
    twin = rebuild(name, {}, shape, CLASSES, counts)
    twin.load_state_dict(module.state_dict())
    x = torch.rand(2, *shape)
    assert torch.equal(module.eval()(x), twin.eval()(x))


@families
@shapes
def test_one_filter_everywhere_still_works(name: str, shape: tuple[int, ...]) -> None:
    module = build(name, {}, shape, CLASSES)
    before = parameters(module)
    plan = plan_of(module, shape)
    prune(module, plan, {layer: np.array([width - 1]) for layer, width in plan.widths.items()})
    assert module(torch.rand(2, *shape)).shape == (2, CLASSES)
    assert parameters(module) < before / 10


@families
def test_tracing_takes_milliseconds(name: str) -> None:
    module = build(name, {}, (3, 50), CLASSES)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        trace(module, (3, 50))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.2


@families
def test_bad_settings_are_refused(name: str) -> None:
    setting, ranges = next(iter(NETS[name].settings.items()))
    for bad in (ranges.low - 1, ranges.high + 1, ranges.low + 0.5):
        with pytest.raises(ConfigError, match=f"{name}.*{setting}"):
            build(name, {setting: bad}, (3, 50), CLASSES)
    with pytest.raises(ConfigError, match=f"unknown setting 'colour'; known: .*{setting}"):
        build(name, {"colour": 1}, (3, 50), CLASSES)


@families
def test_bad_shapes_and_classes_are_refused(name: str) -> None:
    for shape in ((3,), (3, 0), (1, 2, 3, 4)):
        with pytest.raises(ConfigError, match="input shape"):
            build(name, {}, shape, CLASSES)
    with pytest.raises(ConfigError, match="1 classes"):
        build(name, {}, (3, 50), 1)


def test_unknown_nets_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'dscnn'"):
        find("dsccn")
