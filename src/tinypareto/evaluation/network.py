"""A trained network in both its forms: the float module and the exact integer graph."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from safetensors.torch import save
from torch import nn

from tinypareto.codegen import ModelInfo, emit
from tinypareto.data.normalize import Normalizer
from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.nets.options import NetOptions
from tinypareto.quantize.correct import Biases, corrected
from tinypareto.quantize.ranges import Ranges
from tinypareto.training.loop import evaluate_accuracy

FORMAT = 1
CASES = 1024
"""That are rounded at once."""

Positive = Annotated[int, Field(ge=1)]
Cases = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """All that `Network` needs besides weights; stored as JSON beside them.

    Attributes:
        net: Key in `tinypareto.nets.registry.NETS`, or `module:function`.
        net_settings: Settings of the network.
        input_shape: (channels, length) or (channels, height, width).
        class_names: One per output.
        channels: Filters kept, by prunable layer.
        mean: Of the raw training values, by input channel.
        std: Likewise.
        ranges: Calibrated (lowest, highest) activation, by tensor.
        biases: Added to the bias of each filter for int8, by node; none in older files.
    """

    net: str
    net_settings: NetOptions
    input_shape: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=3)]
    class_names: tuple[str, ...]
    channels: Mapping[str, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    ranges: Ranges
    biases: Biases = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A trained, pruned and quantized network; takes raw values.

    Attributes:
        recipe: How it was made.
        module: The float network, in eval mode; takes normalised values.
    """

    recipe: Recipe
    module: nn.Module

    @cached_property
    def graph(self) -> Graph:
        """The integer network."""
        shape = self.recipe.input_shape
        graph = corrected(lower(*trace(self.module, shape), shape), self.recipe.biases)
        return quantize(graph, self.recipe.ranges)

    @cached_property
    def normalizer(self) -> Normalizer:
        """The normalisation of raw values."""
        return Normalizer(
            np.array(self.recipe.mean, np.float32), np.array(self.recipe.std, np.float32)
        )

    def to_int8(self, x: Cases) -> NDArray[np.int8]:
        """Raw cases [n, channels, ...] as the chip gets them, int8 [n, height, width, channels]."""
        rows = np.moveaxis(x, 1, -1)
        return self.info().to_int8(rows).reshape(len(x), *self.graph.input_shape)

    def predict(self, x: Cases) -> Labels:
        """Classes that the integer network gives to raw cases [n, channels, ...]."""
        # In parts: what rounding needs is several times the size of its cases.
        parts = np.array_split(x, -(-len(x) // CASES) or 1)
        return np.concatenate([interpreter.predict(self.graph, self.to_int8(p)) for p in parts])

    def accuracy(self, x: Cases, y: Labels) -> float:
        """Top-1 of the integer network on raw cases, in [0, 1]."""
        return float((self.predict(x) == y).mean())

    def accuracy_float(self, x: Cases, y: Labels) -> float:
        """Top-1 of the float network on raw cases, in [0, 1]."""
        return evaluate_accuracy(self.module, x, y, self.normalizer)

    def info(self, name: str = "model", notes: tuple[str, ...] = ()) -> ModelInfo:
        """Names and input scaling for the C header."""
        quant = self.graph.quants[self.graph.input]
        gains = 1 / (np.array(self.recipe.std) * quant.scale)
        biases = quant.zero_point - np.array(self.recipe.mean) * gains
        return ModelInfo(
            name, self.recipe.class_names, tuple(gains.tolist()), tuple(biases.tolist()), notes
        )

    def c_files(self, name: str = "model", notes: tuple[str, ...] = ()) -> dict[str, str]:
        """C99 text by file name; see `tinypareto.codegen.emit`."""
        return emit(self.graph, self.info(name, notes))

    def to_bytes(self) -> bytes:
        """The content of `model.safetensors`."""
        state = {name: tensor.contiguous() for name, tensor in self.module.state_dict().items()}
        recipe = json.dumps(asdict(self.recipe), sort_keys=True)
        return _ordered(save(state, {"format": str(FORMAT), "tinypareto": recipe}))


def _ordered(content: bytes) -> bytes:
    """The same safetensors file with its header in one order; the library's order is random."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]
