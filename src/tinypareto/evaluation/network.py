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

from tinypareto.codegen import ModelInfo, Quantity, emit
from tinypareto.data.check import checked_values
from tinypareto.data.normalize import Normalizer
from tinypareto.errors import DataError
from tinypareto.frontend.trace import trace
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.nets.options import NetOptions
from tinypareto.nets.spec import NetSpec
from tinypareto.quantize.correct import Biases, corrected
from tinypareto.quantize.ranges import Ranges
from tinypareto.tasks.output_scaling import OutputScaling
from tinypareto.tasks.registry import find_task
from tinypareto.tasks.task import DEFAULT, Answers, Outputs, Targets, Task
from tinypareto.training.evaluate import float_outputs

FORMAT = 1
CASES = 1024
"""Cases that are converted to int8 at once."""

Positive = Annotated[int, Field(ge=1)]
Cases = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """Everything that `Network` needs besides weights; stored as JSON next to them.

    Attributes:
        net: Key in `tinypareto.nets.registry.NETS`, or `module:function`.
        net_settings: Options of the network.
        input_shape: (channels, length) or (channels, height, width).
        class_names: Names of the data set's classes, or of its targets.
        channels: Filters kept, by prunable layer.
        mean: Mean of the raw training values, by input channel.
        std: Standard deviation of these values, by input channel.
        ranges: Calibrated (lowest, highest) activation, by tensor.
        biases: Values added to the bias of each filter for int8, by node; older files have none.
        task: Key in `tinypareto.tasks.registry.TASKS`; files leave it out for classification.
        scaling: Units of the outputs; files leave it out if there are none.
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
    task: str = DEFAULT
    scaling: OutputScaling = field(default_factory=OutputScaling)

    @property
    def spec(self) -> NetSpec:
        """The unpruned network.

        Raises:
            ConfigError: The task is unknown, or cannot do with so few classes.
        """
        outputs = find_task(self.task).outputs(self.class_names)
        return NetSpec(self.net, self.net_settings, self.input_shape, outputs)

    def to_json(self) -> str:
        """The text that `model.safetensors` holds."""
        content = asdict(self)
        if self.task == DEFAULT:
            del content["task"]
        if not self.scaling.mean:
            del content["scaling"]
        return json.dumps(content, sort_keys=True)


@dataclass(frozen=True)
class Network:
    """A trained, pruned and quantized network; takes raw values.

    Attributes:
        recipe: How the network was built, normalized and quantized.
        module: The float network, in eval mode; takes normalized values.
    """

    recipe: Recipe
    module: nn.Module

    @cached_property
    def graph(self) -> Graph:
        """The integer network."""
        shape = self.recipe.input_shape
        graph = corrected(lower(*trace(self.module, shape), shape), self.recipe.biases)
        return quantize(graph, self.recipe.ranges)

    @property
    def task(self) -> Task:
        """The task that the network was trained for."""
        return find_task(self.recipe.task)

    @cached_property
    def normalizer(self) -> Normalizer:
        """The normalization of raw values."""
        return Normalizer(
            np.array(self.recipe.mean, np.float32), np.array(self.recipe.std, np.float32)
        )

    def to_int8(self, x: Cases) -> NDArray[np.int8]:
        """Raw cases [n, channels, ...] as the chip gets them, int8 [n, height, width, channels]."""
        rows = np.moveaxis(x, 1, -1)
        return self.info().to_int8(rows).reshape(len(x), *self.graph.input_shape)

    def outputs(self, x: Cases) -> Outputs:
        """Outputs of the integer network in the units of the targets, float32 [n, outputs].

        Args:
            x: Raw cases [n, channels, ...].
        """
        # In parts, because rounding needs several times the memory of its cases.
        parts = np.array_split(x, -(-len(x) // CASES) or 1)
        steps = np.concatenate([interpreter.run(self.graph, self.to_int8(part)) for part in parts])
        quant = self.graph.quants[self.graph.output]
        # Distinct steps stay distinct in float32, so their order and their ties do too.
        real = (steps.astype(np.float32) - quant.zero_point) * np.float32(quant.scale)
        return self.recipe.scaling.in_units(real)

    def outputs_float(self, x: Cases) -> Outputs:
        """Outputs of the float network in the units of the targets, float32 [n, outputs].

        Args:
            x: Raw cases [n, channels, ...].
        """
        return self.recipe.scaling.in_units(float_outputs(self.module, x, self.normalizer))

    def predict(self, x: Cases) -> Answers:
        """Answers of the integer network to raw cases [n, channels, ...], such as classes [n].

        Raises:
            DataError: The cases are not finite numbers, or have another shape than the network's.
        """
        x = checked_values("predict", "x", x)
        if x.shape[1:] != self.recipe.input_shape:
            raise DataError(
                f"predict: one case of x has shape {list(x.shape[1:])}; wanted "
                f"{list(self.recipe.input_shape)}; window the data as those of the search"
            )
        return self.task.decode(self.outputs(x))

    def score(self, x: Cases, y: Targets) -> float:
        """Score of the integer network on raw cases."""
        return self.task.measure(self.predict(x), y)

    def score_float(self, x: Cases, y: Targets) -> float:
        """Score of the float network on raw cases."""
        return self.task.evaluate(self.outputs_float(x), y)

    def accuracy(self, x: Cases, y: Targets) -> float:
        """Top-1 of the integer network, a classifier, on raw cases, in [0, 1]."""
        return float((self.predict(x) == y).mean())

    def accuracy_float(self, x: Cases, y: Targets) -> float:
        """Top-1 of the float network, a classifier, on raw cases, in [0, 1]."""
        return float((self.task.decode(self.outputs_float(x)) == y).mean())

    def info(self, name: str = "model", notes: tuple[str, ...] = ()) -> ModelInfo:
        """Names and input scaling for the C header."""
        quant = self.graph.quants[self.graph.input]
        gains = 1 / (np.array(self.recipe.std) * quant.scale)
        biases = quant.zero_point - np.array(self.recipe.mean) * gains
        names = self.task.output_names(self.recipe.class_names)
        gain, bias = tuple(gains.tolist()), tuple(biases.tolist())
        return ModelInfo(name, names, gain, bias, notes, self._quantities())

    def _quantities(self) -> tuple[Quantity, ...]:
        """The quantities that the outputs stand for."""
        quant, scaling = self.graph.quants[self.graph.output], self.recipe.scaling
        return tuple(
            Quantity(name, quant.scale * std, mean - quant.zero_point * quant.scale * std)
            for name, mean, std in zip(
                self.recipe.class_names, scaling.mean, scaling.std, strict=False
            )
        )

    def c_files(self, name: str = "model", notes: tuple[str, ...] = ()) -> dict[str, str]:
        """C99 text by file name; see `tinypareto.codegen.emit`."""
        return emit(self.graph, self.info(name, notes))

    def to_bytes(self) -> bytes:
        """The content of `model.safetensors`."""
        state = {name: tensor.contiguous() for name, tensor in self.module.state_dict().items()}
        return _ordered(save(state, {"format": str(FORMAT), "tinypareto": self.recipe.to_json()}))


def _ordered(content: bytes) -> bytes:
    """The same safetensors file with a sorted header; the library writes it in random order."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]
