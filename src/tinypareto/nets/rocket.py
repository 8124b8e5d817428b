"""Random convolutional kernels and a linear readout, fitted in closed form (MiniRocket, pruned).

Ten thousand features or so are drawn, and all but a few are dropped by sequential feature
detachment. The network has no weights that a gradient could train, and needs no product before its
last layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from tinypareto.graph.ops.kernel_counts import standardized
from tinypareto.graph.ops.random_kernels import UNIT
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.nets.detachment import DetachmentPath
from tinypareto.nets.family import Family, Setting, Span, TrainingData
from tinypareto.nets.kernel_features import (
    Ints,
    KernelFeatures,
    channel_sets,
    dilations,
    draw,
    with_thresholds,
)
from tinypareto.nets.random_kernels import RandomKernels
from tinypareto.nets.ridge import regression_targets

CANDIDATES = 10_000
"""Features to choose from, as many as MiniRocket has."""

VALUES = 2**24
"""Most values of all candidates on all cases, which limits the candidates for many cases."""

FEWEST = 2_000
"""Candidates however many the cases."""

SHARED = 4
"""Most transforms of one part of the data whose candidates are kept, for their memory."""


class Rocket(nn.Module):
    """Features of random kernels and a linear layer.

    Attributes:
        dilations: Dilations to draw kernels from.
        sets: Sets of channels for each dilation.
    """

    def __init__(
        self, settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int
    ) -> None:
        super().__init__()
        length = int(np.prod(input_shape[1:]))
        self.dilations = dilations(length, settings["dilations"])
        self.sets = channel_sets(input_shape[0], settings["signals"])
        features, groups = settings["features"], len(self.dilations) * self.sets
        # The features of an untrained network only show its costs.
        seed = int(torch.randint(2**31, (1,)))
        drawn = _untrained(features, self.sets, self.dilations, input_shape, seed)
        buffers = drawn.buffers(Quant(UNIT.scale, 0))
        self.kernels = RandomKernels(buffers, groups, int(self.dilations[-1]))
        self.classifier = nn.Linear(features, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits [n, outputs] of cases [n, channels, ...]."""
        logits: torch.Tensor = self.classifier(self.kernels(x))
        return logits


@dataclass(frozen=True)
class _Choice:
    """Candidates of one transform on one part of the data, and the order in which they leave."""

    candidates: KernelFeatures
    path: DetachmentPath


def _untrained(
    count: int, sets: int, every_dilation: Ints, input_shape: tuple[int, ...], seed: int
) -> KernelFeatures:
    """Features that half of all positions of noise reach."""
    rng, length = np.random.default_rng(seed), int(np.prod(input_shape[1:]))
    drawn = draw(input_shape[0], every_dilation, sets, count, rng)
    return drawn.scaled(np.full(count, length / 2), np.full(count, length**0.5 / 2))


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    return Rocket(settings, input_shape, outputs)


def _fit(module: nn.Module, data: TrainingData) -> None:
    assert isinstance(module, Rocket)
    count, outputs = module.kernels.out_channels, module.classifier.out_features
    # A network must not depend on those that were fitted before it.
    candidates = max(count, FEWEST, min(CANDIDATES, VALUES // len(data.x)))
    key = ("rocket", module.sets, tuple(module.dilations.tolist()), candidates)
    if key not in data.cache:
        while len(data.cache) >= SHARED:
            data.cache.pop(next(iter(data.cache)))
        data.cache[key] = _choice(module, data, candidates, outputs)
    choice: _Choice = data.cache[key]
    rows, readout = choice.path.select(count)
    with torch.no_grad():
        module.kernels.set_features(choice.candidates.take(rows).buffers(data.quant))
        module.classifier.weight.copy_(torch.from_numpy(readout.weight))
        module.classifier.bias.copy_(torch.from_numpy(readout.bias))


def _choice(module: Rocket, data: TrainingData, count: int, outputs: int) -> _Choice:
    rows = np.moveaxis(to_int8(data.x, data.quant), 1, -1)
    x = np.ascontiguousarray(rows.reshape(len(rows), -1, rows.shape[-1]))
    rng, zero = np.random.default_rng(data.seed), data.quant.zero_point
    drawn = draw(x.shape[2], module.dilations, module.sets, count, rng)
    drawn = with_thresholds(drawn, x, zero, rng)
    counts = drawn.counts(x, zero)
    candidates = drawn.standardized(counts)
    features = standardized(counts, candidates.mean, candidates.doublings)
    targets = regression_targets(data.y, outputs)
    return _Choice(candidates, DetachmentPath(features, UNIT.scale, targets))


ROCKET = Family(
    name="rocket",
    summary="random convolutional kernels and a linear readout in closed form, for series",
    settings={
        "features": Setting(256, 8, 4096, "features before pruning", Span(16, 1000, log=True)),
        "signals": Setting(16, 1, 64, "random sets of channels to sum, for each dilation"),
        "dilations": Setting(8, 1, 32, "distances between taps, on a logarithmic scale"),
    },
    build=_build,
    fit=_fit,
    width="features",
    suits=frozenset({"series"}),
)
