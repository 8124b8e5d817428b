"""The steps of a tape give the outputs and gradients of torch's autograd."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from foreign import FOREIGN
from own_modules import OWN
from torch import Tensor, nn
from torch.nn import functional

from tinypareto.frontend.trace import symbolic
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import filters_left
from tinypareto.pruning.prune import plan_from_module, prune
from tinypareto.training.engine import training_steps
from tinypareto.training.engine.autograd_step import Autograd
from tinypareto.training.engine.calls import TracedCalls
from tinypareto.training.engine.compiled_program import Program
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.steps import Pointwise
from tinypareto.training.engine.tape import Tape
from tinypareto.training.sgd import FlatSGD

Make = Callable[[], nn.Module]

SMALL = {"dscnn": {"width": 9, "depth": 2}, "mobilenetv3": {"width": 10}, "resnet8": {"width": 5}}
NETWORKS: dict[str, tuple[Make, tuple[int, ...]]] = {
    **{name: (make, shape) for name, (make, shape, _) in FOREIGN.items()},
    **OWN,
    **{
        f"{name}-{len(shape)}": (NetSpec(name, settings, shape, 4).build, shape)
        for name, settings in SMALL.items()
        for shape in ((3, 40), (2, 12, 10))
    },
}


@pytest.fixture(params=["program", "compiled", "torch"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All in C, with compiled kernels, and as where there is no compiler."""
    if request.param == "torch":
        monkeypatch.setattr(training_steps, "kernels", lambda: None)
    elif kernels() is None:
        pytest.skip("no C compiler here")
    return str(request.param)


def steps(kind: str, name: str, module: nn.Module, x: Tensor) -> Program | Tape:
    """Those of a network, for batches of that size."""
    entries = TracedCalls.from_graph(module, symbolic(module))
    if kind != "program":
        return Tape(entries)
    program = Program.from_calls(entries, tuple(x.shape[1:]), len(x))
    if program is None:
        assert not name.startswith(("dscnn", "mobilenetv3"))
        pytest.skip("some layer has no C step")
    return program


def random_network(name: str) -> tuple[nn.Module, Tensor]:
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    module = make()
    for layer in module.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    return module.train(), torch.randn(7, *shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_are_those_of_autograd(name: str, kind: str) -> None:
    module, x = random_network(name)
    wanted = module(x)
    direction = torch.randn_like(wanted)
    torch.autograd.backward(wanted, direction)
    gradients = {path: p.grad for path, p in module.named_parameters()}
    FlatSGD(module, 0.9, 0.0)
    tape = steps(kind, name, module, x)
    with torch.inference_mode():
        torch.testing.assert_close(tape.forward(x), wanted, rtol=1e-3, atol=1e-4)
        tape.backward(direction)
    for path, parameter in module.named_parameters():
        gradient = gradients[path]
        assert gradient is not None
        scale = float(gradient.abs().max())
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-3, atol=1e-4 + 1e-3 * scale)


@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize("stride", [1, 2, (3, 2)])
def test_single_pixels_with_any_stride(stride: int | tuple[int, int], groups: int) -> None:
    torch.manual_seed(0)
    layers = nn.Conv2d(2, 6, 3), nn.Conv2d(6, 6, 1, stride, groups=groups, bias=groups == 1)
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))
    x = torch.randn(7, 2, 12, 9)
    wanted = module(x)
    torch.autograd.backward(wanted, torch.ones_like(wanted))
    gradients = [p.grad for p in module.parameters()]
    FlatSGD(module, 0.9, 0.0)
    tape = Tape(TracedCalls.from_graph(module, symbolic(module)))
    # oneDNN's gradient of a strided one may write where it should not.
    assert isinstance(tape.steps[1], Pointwise) or groups > 1
    with torch.inference_mode():
        torch.testing.assert_close(tape.forward(x), wanted, rtol=1e-4, atol=1e-5)
        tape.backward(torch.ones_like(wanted))
    for parameter, gradient in zip(module.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-4)


def test_what_is_left_to_torch_has_no_channels_last() -> None:
    x = torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    seen: list[bool] = []

    def call(values: Tensor) -> Tensor:
        seen.append(values.is_contiguous())
        return 2.0 * values

    torch.testing.assert_close(Autograd(call, [], in_place=False).forward(x), 2.0 * x)
    assert seen == [True]


def test_a_program_follows_its_network_when_it_is_pruned() -> None:
    module, x = random_network("mobilenetv3-3")
    sgd = FlatSGD(module, 0.9, 0.0)
    program = steps("program", "mobilenetv3", module, x)
    assert isinstance(program, Program)
    plan = plan_from_module(module, tuple(x.shape[1:]))
    widths = plan.widths.items()
    prune(module, plan, {layer: np.arange(filters_left(w, 0.4)) for layer, w in widths}, sgd.state)
    sgd.gather()
    program.bind()
    with torch.inference_mode():
        torch.testing.assert_close(program.forward(x[:3]), module(x[:3]), rtol=1e-3, atol=1e-4)


def test_more_threads_are_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = random_network("dscnn-2")
    FlatSGD(module, 0.9, 0.0)
    entries = TracedCalls.from_graph(module, symbolic(module))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert Program.from_calls(entries, tuple(x.shape[1:]), len(x)) is None


def test_a_diverged_network_is_not_hidden_by_its_relus(kind: str) -> None:
    module, x = random_network("dscnn-2")
    x[0, 0, 0] = torch.nan
    FlatSGD(module, 0.9, 0.0)
    with torch.inference_mode():
        assert steps(kind, "dscnn-2", module, x).forward(x).isnan().any()


def test_flat_sgd_is_torch_sgd() -> None:
    (module, x), (twin, _) = random_network("residual"), random_network("residual")
    flat = FlatSGD(module, momentum=0.8, weight_decay=0.01)
    usual = torch.optim.SGD(twin.parameters(), lr=1.0, momentum=0.8, weight_decay=0.01)
    for lr in (0.1, 0.1, 0.03):
        usual.param_groups[0]["lr"] = lr
        for network in (module, twin):
            loss = functional.cross_entropy(network(x), torch.arange(7) % 4)
            torch.autograd.backward(loss)
        flat.step(lr)
        usual.step()
        usual.zero_grad()
    flat.release()
    for a, b in zip(module.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(a, b)
        assert a.grad is None
