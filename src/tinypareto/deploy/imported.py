"""Networks that another tool trained and quantized, and the proof that they were read right."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinypareto.codegen import ModelInfo
from tinypareto.deploy.selection import random_inputs
from tinypareto.errors import ToolchainError
from tinypareto.graph.agreement import Agreement, Int8, LayerDifference
from tinypareto.graph.graph import Graph
from tinypareto.registry import identifier

TFLITE = b"TFL3"
"""Bytes 4 to 7 of every TensorFlow Lite file."""

COMPARED = 64
"""Number of inputs for the comparison with the model's own runtime, which is fast."""


@dataclass(frozen=True)
class Comparison:
    """An imported network beside the model's own runtime, on random inputs.

    Attributes:
        runtime: Name of the runtime.
        agreements: Comparisons of outputs by what was compared; none if nothing was.
        wrong_layer: First layer that differs by more than rounding explains.
        not_compared: Reason why nothing was compared; empty if it was.
    """

    runtime: str
    agreements: Mapping[str, Agreement]
    wrong_layer: LayerDifference | None = None
    not_compared: str = ""

    def __str__(self) -> str:
        if self.not_compared:
            return f"nothing was compared with {self.runtime}: {self.not_compared}"
        return "\n".join(
            f"{name}, {found.cases} random inputs: {found.different} of {found.outputs} outputs "
            f"differ, by at most {found.largest} int8 steps; {found.same_class} classes are the "
            "same"
            for name, found in self.agreements.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """Convert the comparison to JSON values; null where nothing was compared."""
        found: dict[str, Any] = {
            identifier(name): asdict(agreement) for name, agreement in self.agreements.items()
        }
        wrong = None if self.wrong_layer is None else asdict(self.wrong_layer)
        return {**(found or {identifier(self.runtime): None}), "wrong_layer": wrong}


@dataclass(frozen=True)
class ImportedNetwork:
    """A network that was read from a file of another tool.

    Attributes:
        path: The file.
        graph: The integer network.
        runtime: Name of the model's own runtime.
        run: Compares with it, on the given inputs.
    """

    path: Path
    graph: Graph
    runtime: str
    run: Callable[[Int8], tuple[Mapping[str, Agreement], LayerDifference | None]]

    def compare(self) -> Comparison:
        """Compare with the model's own runtime, if it is installed."""
        try:
            return Comparison(self.runtime, *self.run(random_inputs(self.graph, COMPARED)))
        except ToolchainError as cause:
            return Comparison(self.runtime, {}, None, str(cause))

    def info(self, class_names: tuple[str, ...] = ()) -> ModelInfo:
        """Names and input scaling; the model's real inputs are taken as raw values."""
        quant, channels = self.graph.quants[self.graph.input], self.graph.input_shape[2]
        gains, biases = (1 / quant.scale,) * channels, (float(quant.zero_point),) * channels
        return ModelInfo(self.path.name, class_names, gains, biases)


def import_network(path: Path) -> ImportedNetwork:
    """Read an int8 model: TensorFlow Lite if it says or is called so, otherwise ONNX.

    Raises:
        InputError: The file cannot be used, or has a node without an integer operator.
        ToolchainError: The package that reads the format is missing.
    """
    if path.is_file():
        with path.open("rb") as file:
            if file.read(8)[4:] == TFLITE:
                return _read_tflite(path)
    return READERS.get(path.suffix.lower(), _read_onnx)(path)


def is_model(path: Path) -> bool:
    """Whether a path is that of a model rather than that of a result folder."""
    return path.is_file() or (path.suffix.lower() in READERS and not path.is_dir())


def _read_onnx(path: Path) -> ImportedNetwork:
    from tinypareto.qdq.check_layers import RUNTIME, first_difference
    from tinypareto.qdq.compare import agreement
    from tinypareto.qdq.model import load_model
    from tinypareto.qdq.reader import import_model

    model = load_model(path)
    imported = import_model(model)
    last = imported.channels_last
    orders = model.input in last, model.output in last

    def compare(x: Int8) -> tuple[Mapping[str, Agreement], LayerDifference | None]:
        wrong = first_difference(imported, model, x)
        found = agreement(imported.graph, model.content, x, channels_last=orders)
        return {RUNTIME: found}, wrong

    return ImportedNetwork(path, imported.graph, RUNTIME, compare)


def _read_tflite(path: Path) -> ImportedNetwork:
    from tinypareto.tflite.check_layers import RUNTIME, compare
    from tinypareto.tflite.model import load_model
    from tinypareto.tflite.reader import import_model

    model = load_model(path)
    imported = import_model(model)
    return ImportedNetwork(path, imported.graph, RUNTIME, lambda x: compare(imported, model, x))


READERS = {".onnx": _read_onnx, ".tflite": _read_tflite}
"""Readers by the end of a file's name."""
