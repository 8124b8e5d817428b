from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.trace import activations, trace


class Mixed(nn.Module):
    """Modules, functions, methods and operators; one layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4))
        self.act = nn.ReLU()
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.blocks(x))
        y = self.act(functional.max_pool2d(x, 3, stride=1, padding=1)) + x
        y = torch.cat([y, x * 2.0], dim=1).mean((2, 3), keepdim=True)
        logits: Tensor = self.head(y.flatten(1))
        return logits


def test_calls_in_order_with_paths_inputs_and_shapes() -> None:
    calls, source = trace(Mixed(), (3, 6, 5))
    assert [(c.name, c.target, c.inputs, c.shape) for c in calls] == [
        ("blocks.0", "Conv2d", (source,), (4, 6, 5)),
        ("blocks.1", "BatchNorm2d", ("blocks.0",), (4, 6, 5)),
        ("act", "ReLU", ("blocks.1",), (4, 6, 5)),
        ("max_pool2d", "max_pool2d", ("act",), (4, 6, 5)),
        ("act:2", "ReLU", ("max_pool2d",), (4, 6, 5)),
        ("add", "add", ("act:2", "act"), (4, 6, 5)),
        ("mul", "mul", ("act",), (4, 6, 5)),
        ("cat", "cat", ("add", "mul"), (8, 6, 5)),
        ("mean", "mean", ("cat",), (8, 1, 1)),
        ("flatten", "flatten", ("mean",), (8,)),
        ("head", "Linear", ("flatten",), (2,)),
    ]
    assert calls[5].input_shapes == ((4, 6, 5), (4, 6, 5))


def test_attributes_by_name() -> None:
    calls, _ = trace(Mixed(), (3, 6, 5))
    attributes: dict[str, Any] = {call.name: call.attributes for call in calls}
    assert attributes["blocks.0"]["padding"] == (1, 1)
    assert attributes["blocks.0"]["groups"] == 1
    assert attributes["max_pool2d"]["kernel_size"] == 3
    assert attributes["max_pool2d"]["stride"] == 1
    assert attributes["mul"]["other"] == 2.0
    assert attributes["cat"]["dim"] == 1
    assert attributes["mean"]["dim"] == (2, 3)
    assert attributes["mean"]["keepdim"] is True
    assert attributes["flatten"]["start_dim"] == 1


def test_weights_are_float32_copies_in_torch_layout() -> None:
    module = Mixed().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    calls, _ = trace(module, (3, 6, 5))
    weight = calls[0].weights["weight"]
    expected = module.blocks[0].weight.detach().clone().numpy()
    module.blocks[0].weight.data.zero_()
    np.testing.assert_array_equal(weight, expected)
    assert weight.flags.c_contiguous
    assert {array.dtype for array in calls[1].weights.values()} == {np.dtype(np.float32)}
    assert set(calls[1].weights) >= {"weight", "bias", "running_mean", "running_var"}


def test_the_module_is_left_as_it_was() -> None:
    module = Mixed()
    module.blocks[1].eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = torch.get_rng_state()
    trace(module, (3, 6, 5))
    assert module.training
    assert module.act.training
    assert not module.blocks[1].training
    assert all(torch.equal(before[name], now) for name, now in module.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


class InPlace(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x + 1.0
        functional.relu(y, inplace=True)
        y += x
        return y * 3.0


def test_readers_of_an_overwritten_tensor_read_the_result() -> None:
    calls, source = trace(InPlace(), (2, 4))
    assert [(call.target, call.inputs) for call in calls] == [
        ("add", (source,)),
        ("relu", (calls[0].name,)),
        ("add", (calls[1].name, source)),
        ("mul", (calls[2].name,)),
    ]


class Lifted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, (1, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.unsqueeze(2)).view(x.shape[0], -1)  # type: ignore[no-any-return]


def test_a_lifted_series_is_the_input_and_a_view_flattens() -> None:
    calls, source = trace(Lifted(), (2, 8))
    assert [(call.target, call.inputs, call.shape) for call in calls] == [
        ("Conv2d", (source,), (4, 1, 6)),
        ("flatten", ("conv",), (24,)),
    ]


class Branching(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


class Bare(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class TwoInputs(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class TwoOutputs(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x + 1.0, x


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
        self.two.weight = self.one.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.two(self.one(x))  # type: ignore[no-any-return]


class Splitting(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=1)
        return first + second


class Doubling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.double() + 1.0


class BatchMixing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten()


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Branching(), "Branching: torch.fx cannot trace it"),
        (Bare(), "'scale'.*bare parameter"),
        (TwoInputs(), "TwoInputs: forward does not take exactly one"),
        (TwoOutputs(), "TwoOutputs: forward returns no single tensor"),
        (Tied(), "'two': shares its weight with 'one'"),
        (Splitting(), "chunk 'chunk': returns several tensors"),
        (Doubling(), "'double': output is torch.float64, wanted torch.float32"),
        (BatchMixing(), "'flatten': output has shape .* keep the batch axis first"),
        (nn.Sequential(nn.Linear(3, 2)), r"'0': fails on an input of shape \(2, 4\)"),
    ],
)
def test_refusals_are_one_clear_line(module: nn.Module, message: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=message) as caught:
        trace(module, (2, 4))
    assert "\n" not in str(caught.value)


def test_activations_bear_the_names_of_the_calls() -> None:
    module, x = Mixed(), torch.rand(5, 3, 6, 5)
    calls, source = trace(module, (3, 6, 5))
    (values,) = activations(module, [x])
    assert list(values) == [source, *(call.name for call in calls)]
    assert all(values[call.name].shape == (5, *call.shape) for call in calls)
    torch.testing.assert_close(values["head"], module.eval()(x))
    assert values["act"].min() == 0


def test_activations_keep_what_is_overwritten_later() -> None:
    x = torch.tensor([[-3.0, 2.0], [1.0, -1.0]])
    (named,) = activations(InPlace(), [x])
    values = list(named.values())
    expected = [x, x + 1, (x + 1).relu(), (x + 1).relu() + x, 3 * ((x + 1).relu() + x)]
    assert len(values) == len(expected)
    for value, wanted in zip(values, expected, strict=True):
        torch.testing.assert_close(value, wanted)
