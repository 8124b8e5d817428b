"""Networks that read the whole window as one vector: a linear readout, and one hidden layer.

Both can average neighbouring positions first, so that long windows do not take as many weights.
"""

from collections.abc import Mapping

import torch
from torch import nn

from tinypareto.nets.blocks import Stack, is_series
from tinypareto.nets.family import Family, Setting, TrainingData
from tinypareto.nets.ridge import fit_ridge, regression_targets

POOL = Setting(1, 1, 16, "neighbouring positions to average first, on each axis")


def _vector(pool: int, input_shape: tuple[int, ...]) -> tuple[dict[str, nn.Module], int]:
    """Layers that make a vector of the window, and its size."""
    channels, *sides = input_shape
    sides = [1, *sides] if is_series(input_shape) else sides
    down, across = (min(pool, side) for side in sides)
    size = channels * (sides[0] // down) * (sides[1] // across)
    pooling = {"pool": nn.AvgPool2d((down, across))} if max(down, across) > 1 else {}
    return {**pooling, "flatten": nn.Flatten()}, size


def _linear(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    layers, size = _vector(settings["pool"], input_shape)
    return Stack.for_input(input_shape, {**layers, "classifier": nn.Linear(size, outputs)})


def _mlp(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    layers, size = _vector(settings["pool"], input_shape)
    hidden = settings["hidden"]
    layers |= {"hidden": nn.Linear(size, hidden), "relu": nn.ReLU()}
    return Stack.for_input(input_shape, {**layers, "classifier": nn.Linear(hidden, outputs)})


def _fit(module: nn.Module, data: TrainingData) -> None:
    classifier = module.get_submodule("classifier")
    assert isinstance(module, Stack)
    assert isinstance(classifier, nn.Linear)
    with torch.no_grad():
        x = torch.from_numpy(data.x)
        x = x.unsqueeze(2) if module.series else x
        for layer in list(module)[:-1]:
            x = layer(x)
        readout = fit_ridge(x.numpy(), regression_targets(data.y, classifier.out_features))
        classifier.weight.copy_(torch.from_numpy(readout.weight))
        classifier.bias.copy_(torch.from_numpy(readout.bias))


LINEAR = Family(
    name="linear",
    summary="ridge regression on the whole window in closed form, for series and images",
    settings={"pool": POOL},
    build=_linear,
    fit=_fit,
)
MLP = Family(
    name="mlp",
    summary="one hidden layer on the whole window, for series and images",
    settings={"hidden": Setting(32, 2, 1024, "values of the hidden layer"), "pool": POOL},
    build=_mlp,
)
