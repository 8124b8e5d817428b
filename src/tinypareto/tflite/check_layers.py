"""Compares every layer of an imported TensorFlow Lite model with LiteRT, on the same inputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph import agreement, interpreter
from tinypareto.graph.agreement import Agreement, Int8, LayerDifference
from tinypareto.graph.graph import Node
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.step_average_pool import StepAveragePool
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.tflite.compare import run_tensors, run_tflite
from tinypareto.tflite.model import TfliteModel
from tinypareto.tflite.reader import ImportedTflite

RUNTIME = "LiteRT"

ALLOWED = 1
"""Steps by which a layer may differ: LiteRT rounds several times where the graph rounds once, as
TensorFlow Lite does if it is built with TFLITE_SINGLE_ROUNDING."""

EXACT = (MaxPool, Pad, StepAveragePool)
"""Operators whose results may not differ at all."""


def compare(
    imported: ImportedTflite, model: TfliteModel, x: Int8
) -> tuple[dict[str, Agreement], LayerDifference | None]:
    """Compare each layer with LiteRT's reference kernels, and the outputs with all its kernels.

    Args:
        imported: The graph, and the numbers of its tensors in the model.
        model: The model that it was read from.
        x: Quantized inputs, int8 [n, height, width, channels].

    Returns:
        Comparisons of the outputs by what was compared, LiteRT's two kinds of kernels among
        them; and the first layer that differs by more than rounding explains.

    Raises:
        ToolchainError: LiteRT is not installed.
        DataError: It cannot run the model.
    """
    graph, shapes = imported.graph, imported.graph.shapes()
    nodes = [node.name for node in graph.nodes if node.name in imported.tensors]
    numbers = [*(imported.tensors[name] for name in nodes), imported.output]
    inputs = _as_input(x, model.tensors[model.input].kind, graph.quants[graph.input])
    found = run_tensors(model.content, inputs, numbers, False)
    output = found.pop().reshape(len(x), *shapes[graph.output])
    expected = {
        name: values.reshape(len(x), *shapes[name])
        for name, values in zip(nodes, found, strict=True)
    }
    ours, reference = interpreter.run(graph, x), output.reshape(len(x), -1)
    default = as_int8(run_tflite(model.content, inputs, True), graph.quants[graph.output])
    agreements = {
        f"{RUNTIME}, default kernels": agreement.compared(ours, default),
        f"{RUNTIME}, reference kernels": agreement.compared(ours, reference),
        f"{RUNTIME}, default beside reference kernels": agreement.compared(default, reference),
    }
    wrong = agreement.first_difference(graph, x, expected, output, RUNTIME, _allowed)
    return agreements, wrong


def _allowed(node: Node) -> int:
    return 0 if isinstance(node.op, EXACT) else ALLOWED


def as_int8(values: NDArray[Any], quant: Quant) -> Int8:
    """Convert values of a quantized tensor, uint8, int8 or real, to int8."""
    if values.dtype == np.uint8:
        return (values.astype(np.int16) - 128).astype(np.int8)
    return values if values.dtype == np.int8 else to_int8(values, quant)


def _as_input(x: Int8, kind: str, quant: Quant) -> NDArray[np.generic]:
    """Convert int8 inputs to the type that the model takes."""
    if kind == "FLOAT32":
        return ((x.astype(np.float64) - quant.zero_point) * quant.scale).astype(np.float32)
    return (x.astype(np.int16) + 128).astype(np.uint8) if kind == "UINT8" else x
