"""What every family of `NETS` must do; a new one is tested by being registered."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.codegen import ModelInfo, emit
from tinypareto.errors import ConfigError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.cost import emitted_rom_bytes, macs, resources
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.ops import torch_call
from tinypareto.graph.quantize import quantize
from tinypareto.nets.mcunet import PIXELS
from tinypareto.nets.registry import NETS, find
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left
from tinypareto.pruning.prune import plan_from_module, prune, rebuild
from tinypareto.quantize.calibrate import calibrate
from tinypareto.resources import Limits
from tinypareto.targets.host import HostModel, compile_shared, find_compiler

SHAPES = [(3, 50), (1, 700), (3, 12, 12), (1, 8, 40)]
CLASSES = 5

families = pytest.mark.parametrize("name", NETS)
prunable_families = pytest.mark.parametrize("name", [name for name in NETS if name != "linear"])
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
    module = NetSpec(name, {}, shape, CLASSES).build().eval()
    assert module(torch.rand(2, *shape)).shape == (2, CLASSES)


@families
@shapes
@pytest.mark.parametrize("bound", ["low", "high"])
def test_every_extreme_setting_traces(name: str, shape: tuple[int, ...], bound: str) -> None:
    for setting, ranges in NETS[name].settings.items():
        module = NetSpec(name, {setting: getattr(ranges, bound)}, shape, CLASSES).build()
        assert plan_from_module(module, shape).widths or name == "linear"


@families
@shapes
def test_only_known_layers(name: str, shape: tuple[int, ...]) -> None:
    calls, _ = trace(NetSpec(name, {}, shape, CLASSES).build(), shape)
    assert all(torch_call(call.target) for call in calls)


@families
@shapes
def test_random_pruning_leaves_exactly_what_is_predicted(name: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    module = NetSpec(name, {}, shape, CLASSES).build()
    plan = plan_from_module(module, shape)
    counts = {layer: filters_left(w, rng.uniform(0, 0.99)) for layer, w in plan.widths.items()}
    predicted = plan.layer_channels(counts)
    keep = {
        layer: np.sort(rng.choice(plan.widths[layer], count, replace=False))
        for layer, count in counts.items()
    }
    prune(module, plan, keep)
    calls, _ = trace(module, shape)
    shape_of = {call.name: call.shape for call in calls}
    assert {layer: shape_of[layer][0] for layer in predicted} == predicted
    twin = rebuild(NetSpec(name, {}, shape, CLASSES), counts)
    twin.load_state_dict(module.state_dict())
    x = torch.rand(2, *shape)
    assert torch.equal(module.eval()(x), twin.eval()(x))


@prunable_families
@shapes
def test_one_filter_everywhere_still_works(name: str, shape: tuple[int, ...]) -> None:
    module = NetSpec(name, {}, shape, CLASSES).build()
    before = parameters(module)
    plan = plan_from_module(module, shape)
    prune(module, plan, {layer: np.array([width - 1]) for layer, width in plan.widths.items()})
    assert module(torch.rand(2, *shape)).shape == (2, CLASSES)
    assert parameters(module) < before / 10


SMALL_SHAPES = [(3, 50), (2, 8, 9)]


@cache
def small_network(
    name: str, shape: tuple[int, ...]
) -> tuple[nn.Module, dict[str, int], Graph, NDArray[np.float32]]:
    """Pruned to a third or so, its norms set on random cases; its counts, int8 form and cases."""
    torch.manual_seed(0)
    module = NetSpec(name, {}, shape, CLASSES).build()
    plan = plan_from_module(module, shape)
    counts = {layer: filters_left(width, 0.7) for layer, width in plan.widths.items()}
    prune(module, plan, {layer: np.arange(count) for layer, count in counts.items()})
    cases = torch.randn(64, *shape)
    with torch.no_grad():
        for _ in range(20):
            module.train()(cases)
    graph = lower(*trace(module.eval(), shape), shape)
    return module, counts, quantize(graph, calibrate(module, cases.numpy()).ranges), cases.numpy()


@families
@pytest.mark.parametrize("shape", SMALL_SHAPES, ids=str)
def test_prediction_equals_the_integer_network(name: str, shape: tuple[int, ...]) -> None:
    _, counts, graph, _ = small_network(name, shape)
    settings = NETS[name].complete({})
    spec = NetSpec(name, settings, shape, CLASSES)
    predicted = CostModel.from_spec(spec, Limits()).resources(counts)
    assert resources(graph) == predicted
    assert emitted_rom_bytes(graph) == predicted.rom_bytes


@families
@pytest.mark.parametrize("shape", SMALL_SHAPES, ids=str)
def test_the_integer_network_follows_the_float_one(name: str, shape: tuple[int, ...]) -> None:
    module, _, graph, cases = small_network(name, shape)
    with torch.no_grad():
        wanted = module(torch.from_numpy(cases)).numpy()
    got = interpreter.run(graph, to_int8(graph, cases)).reshape(wanted.shape)
    assert np.corrcoef(got.ravel(), wanted.ravel())[0, 1] > 0.9


@pytest.mark.device
@families
@pytest.mark.parametrize("shape", SMALL_SHAPES, ids=str)
def test_c_equals_the_integer_network(name: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    if find_compiler() is None:
        pytest.skip("no C compiler: install cc, gcc, clang or tinypareto[compiler]")
    _, _, graph, cases = small_network(name, shape)
    labels = tuple(map(str, range(CLASSES)))
    info = ModelInfo("model", labels, (1.0,) * shape[0], (0.0,) * shape[0], ())
    host = HostModel(compile_shared(emit(graph, info), tmp_path), graph)
    x = to_int8(graph, cases[:16])
    np.testing.assert_array_equal(host.run(x), interpreter.run(graph, x).reshape(16, -1))


def to_int8(graph: Graph, cases: NDArray[np.float32]) -> NDArray[np.int8]:
    """Cases [n, channels, ...] as the graph takes them."""
    quant = graph.quants[graph.input]
    steps = np.round(np.moveaxis(cases, 1, -1) / quant.scale) + quant.zero_point
    clipped: NDArray[np.int8] = np.clip(steps, -128, 127).astype(np.int8)
    return clipped.reshape(len(cases), *graph.input_shape)


PARAMETERS = [
    # Deutel 2023, Section 5: 2.6 M, 1.6 M and 2.8 M.
    ("dscnn", {"width": 512, "depth": 10}, (4, 65), 6, 2_834_086),
    ("resnet18", {"width": 48}, (3, 32, 32), 10, 1_564_090),
    ("mobilenetv3", {"width": 100}, (24, 1024), 13, 2_914_413),
    # MLPerf Tiny: 78,666 with the biases and statistics of its batch norms.
    ("resnet8", {}, (3, 32, 32), 10, 78_666 - 240 - 480),
]


@pytest.mark.parametrize(("name", "settings", "shape", "classes", "wanted"), PARAMETERS, ids=str)
def test_parameters_of_published_networks(
    name: str, settings: dict[str, int], shape: tuple[int, ...], classes: int, wanted: int
) -> None:
    assert parameters(NetSpec(name, settings, shape, classes).build()) == wanted


@pytest.mark.parametrize(
    ("model", "megaparameters", "megamacs"),
    [(0, 0.75, 6.4), (1, 0.64, 12.8), (2, 0.73, 67.3), (3, 0.74, 81.8), (4, 1.73, 125.9)],
)
def test_mcunet_has_the_published_size(model: int, megaparameters: float, megamacs: float) -> None:
    shape = (3, PIXELS[model], PIXELS[model])
    module = NetSpec("mcunet", {"model": model}, shape, 1000).build()
    assert round(parameters(module) / 1e6, 2) == megaparameters
    assert round(macs(lower(*trace(module, shape), shape)) / 1e6, 1) == megamacs


@families
def test_bad_settings_are_refused(name: str) -> None:
    setting, ranges = next(iter(NETS[name].settings.items()))
    for bad in (ranges.low - 1, ranges.high + 1, ranges.low + 0.5):
        with pytest.raises(ConfigError, match=f"{name}.*{setting}"):
            NetSpec(name, {setting: bad}, (3, 50), CLASSES).build()
    with pytest.raises(ConfigError, match=f"unknown setting 'colour'; known: .*{setting}"):
        NetSpec(name, {"colour": 1}, (3, 50), CLASSES).build()


@families
def test_bad_shapes_and_outputs_are_refused(name: str) -> None:
    for shape in ((3,), (3, 0), (1, 2, 3, 4)):
        with pytest.raises(ConfigError, match="input shape"):
            NetSpec(name, {}, shape, CLASSES).build()
    with pytest.raises(ConfigError, match="0 outputs"):
        NetSpec(name, {}, (3, 50), 0).build()


def test_unknown_nets_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'dscnn'"):
        find("dsccn")
