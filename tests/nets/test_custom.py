"""The user's own network, by name and as a function."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import users_networks
from torch import nn

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError, InputError, ResultFolderError, UnsupportedLayerError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.nets.custom import CustomNet, name_of
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits

IMAGE, SERIES = (2, 8, 8), (2, 24)
FAST: dict[str, Any] = {"trials": 2, "seed": 1, "space": {"epochs": 8, "batch_size": 20}}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a user's module into the current folder; gives its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)

    def write(text: str) -> str:
        name = f"user_module_{len(set(sys.modules) - known)}"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    for name in set(sys.modules) - known:
        if name.startswith("user_module"):
            del sys.modules[name]


@pytest.fixture(scope="module")
def images() -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(36, *IMAGE)).astype(np.float32)
    y = np.arange(36) % 3
    return Dataset("dots", x, y, x, y, ("a", "b", "c"), Limits())


@pytest.mark.parametrize("net", [users_networks.UShape, users_networks.Inception])
def test_a_function_is_searched_and_its_front_is_loaded_again(
    net: Callable[..., nn.Module], images: Dataset, tmp_path: Path
) -> None:
    front = tinypareto.search(images, net=net, out=str(tmp_path / "run"), **FAST)
    assert front.net == f"users_networks:{net.__qualname__}"
    point = front.points[0]
    assert {name for name in point.params if name.startswith("sparsity/")}
    network = front.load(point.number)
    assert network.accuracy(images.x_test, images.y_test) == point.accuracy


def test_options_reach_the_function_and_its_defaults_are_recorded(
    series: Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    options: dict[str, Any] = {"net_options": {"width": 4}, "out": str(out), **FAST}
    tinypareto.search(series, net="users_networks:tcn", **options)
    text = (out / "config.toml").read_text()
    assert "width = 4\nlevels = 2" in text
    more = tinypareto.search(series, out=str(out), resume=True, trials=3)
    assert more.trials == 3
    with pytest.raises(ConfigError, match="net_options: got"):
        tinypareto.search(series, out=str(out), resume=True, net_options={"width": 5})


@pytest.mark.parametrize(
    ("net", "shape", "layers"),
    [
        ("UShape", IMAGE, {"first.0", "deep.0", "last.0"}),
        ("tcn", SERIES, {"0"}),
        ("Inception", IMAGE, {"one", "three.0", "three.2", "five.0", "five.2", "pooled.1"}),
    ],
)
def test_what_can_be_pruned_is_derived(net: str, shape: tuple[int, ...], layers: set[str]) -> None:
    cost_model = CostModel.from_spec(NetSpec(f"users_networks:{net}", {}, shape, 3), Limits())
    assert set(cost_model.layers) == layers


def test_a_lambda_works_here_but_not_in_workers(images: Dataset, tmp_path: Path) -> None:
    def net(input_shape: tuple[int, ...], classes: int) -> nn.Module:
        return users_networks.Inception(input_shape, classes)

    with pytest.raises(ConfigError, match="worker processes cannot import it"):
        tinypareto.search(images, net=net, workers=2, out=str(tmp_path / "run"), **FAST)
    assert not (tmp_path / "run").exists()
    front = tinypareto.search(images, net=net, out=str(tmp_path / "run"), **FAST)
    assert front.load(front.points[0].number).module.get_submodule("one")


def test_a_module_in_the_current_folder_is_found(module: Callable[[str], str]) -> None:
    name = module(
        "from torch import nn\n\nclass A:\n    def b(s, c, k=1):\n        return nn.ReLU()\n"
    )
    assert isinstance(NetSpec(f"{name}:A.b", {}, IMAGE, 3).build(), nn.ReLU)
    assert find(f"{name}:A.b").complete({}) == {"k": 1}


BAD = {
    "no module": ("none_such:build", "", r"there is no module 'none_such', neither in /"),
    "no package": ("none.such:build", "", "there is no module 'none', neither"),
    "no function": ("{}:biuld", "def build(): ...", "unknown function 'biuld'; did you mean 'bui"),
    "a value": ("{}:build", "build = 3", "is a int, wanted a function or class"),
    "not yours": ("os:system", "", "wanted a module of yours"),
    "syntax": ("{}:build", "def build(:", r"fails: SyntaxError: .*line 1"),
    "its import": ("{}:build", "import nowhere", r"fails: ModuleNotFoundError: .*\.py, line 1\)"),
    "it exits": ("{}:build", "raise SystemExit(3)", "fails: SystemExit: 3"),
    "options": ("{}:build", "def build(s, c, w=1): ...", "unexpected keyword argument 'q'"),
    "two arguments": ("{}:build", "def build(s): ...", "too many positional arguments"),
    "raises": ("{}:build", "def build(s, c, q):\n    1 / 0", r"ZeroDivisionError.*py, line 2\)"),
    "returns": ("{}:build", "def build(s, c, q): return s", "returns a tuple, wanted a torch.nn"),
    "layers": (
        "{}:build",
        "import itertools\nfrom torch import nn\nn = itertools.count(4)\n"
        "def build(s, c, q): return nn.Sequential(nn.Conv2d(2, next(n), 1), nn.ReLU())",
        "makes layers that differ from call to call, such as '0.weight'",
    ),
    "weights": (
        "{}:build",
        "import numpy, torch\nfrom torch import nn\n"
        "def build(s, c, q):\n"
        "    conv = nn.Conv2d(2, 3, 1)\n"
        "    conv.weight.data += numpy.random.random()\n"
        "    return conv",
        "makes other weights at each call, such as 'weight'",
    ),
    "no logits": (
        "{}:build",
        "from torch import nn\ndef build(s, c, q): return nn.Sequential(nn.Conv2d(2, 3, 1))",
        r"makes an output of shape \(3, 8, 8\) a case, wanted \(3,\)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_modules_give_one_line(case: str, module: Callable[[str], str]) -> None:
    name, text, wanted = BAD[case]
    name = name.format(module(text))
    with pytest.raises(InputError, match=wanted) as caught:
        CostModel.from_spec(NetSpec(name, find(name).complete({"q": 1}), IMAGE, 3), Limits())
    assert "\n" not in str(caught.value)


def test_all_unsupported_layers_are_named_with_their_places() -> None:
    def net(input_shape: tuple[int, ...], classes: int) -> nn.Module:
        body = nn.Sequential(nn.Conv2d(2, 4, 3), nn.InstanceNorm2d(4), nn.Softsign())
        return nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, classes))

    with pytest.raises(UnsupportedLayerError) as caught:
        CostModel.from_spec(NetSpec(name_of(net), {}, IMAGE, 3), Limits())
    text = str(caught.value)
    assert text.startswith("InstanceNorm2d '0.1', Softsign '0.2': have no integer operator; use ")
    assert "Conv2d" in text


def test_a_network_that_has_changed_since_is_refused(
    module: Callable[[str], str], images: Dataset, tmp_path: Path
) -> None:
    head = "from torch import nn\n\ndef build(s, c, width=4):\n    return nn.Sequential("
    tail = "nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear({}, c))\n"
    name = module(f"{head}nn.Conv2d(2, 4, 3), {tail.format(4)}")
    front = tinypareto.search(images, net=f"{name}:build", out=str(tmp_path / "run"), **FAST)
    sys.modules[name].build = lambda s, c, width: nn.Sequential(  # type: ignore[attr-defined]
        nn.Conv2d(2, 4, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, c)
    )
    with pytest.raises(ResultFolderError, match="which has changed since"):
        front.load(front.points[0].number)


def test_the_state_of_torch_is_left_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    found = find("users_networks:Inception")
    assert isinstance(found, CustomNet)
    found.check_repeatable({}, IMAGE, 3)
    assert torch.equal(torch.rand(3), wanted)
