"""Compares the outputs of a QDQ model in ONNX Runtime with those of the exact interpreter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.qdq.library import onnxruntime

ERRORS_ONLY = 3


@dataclass(frozen=True)
class Agreement:
    """Comparison of two sets of outputs for the same inputs.

    Attributes:
        outputs: Number of values that were compared.
        different: Number of values that are not equal.
        largest: Largest difference, in int8 steps.
        cases: Number of inputs.
        same_class: Number of inputs whose largest output is the same one.
    """

    outputs: int
    different: int
    largest: int
    cases: int
    same_class: int


def run_onnx(model: bytes, graph: Graph, x: NDArray[np.int8], optimize: bool) -> NDArray[np.int8]:
    """Run a model in ONNX Runtime on the CPU.

    Args:
        model: Serialized; one input and one output.
        graph: The same network; its quantization converts the inputs and outputs.
        x: Quantized inputs, int8 [n, height, width, channels].
        optimize: Let ONNX Runtime fuse operators into its own integer ones, as by default.

    Returns:
        Quantized outputs, int8 [n, features].

    Raises:
        ToolchainError: ONNX Runtime is not installed.
    """
    library = onnxruntime()
    options = library.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.intra_op_num_threads = 1
    # Otherwise products are added in pairs that saturate at 16 bits, on x86 without VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if not optimize:
        options.graph_optimization_level = library.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = library.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()
    planes = np.moveaxis(x, -1, 1)
    planes = planes.reshape(len(x), *_shape(source.shape, planes.shape[1:]))
    cases = _from_int8(planes, source.type, graph.quants[graph.input])
    outputs = np.concatenate([session.run(None, {source.name: case[None]})[0] for case in cases])
    steps = _to_int8(outputs, graph.quants[graph.output])
    return (np.moveaxis(steps, 1, -1) if steps.ndim > 2 else steps).reshape(len(x), -1)


def _from_int8(x: NDArray[np.int8], kind: str, quant: Quant) -> NDArray[Any]:
    """Convert int8 inputs to the type that the model takes."""
    if kind == "tensor(int8)":
        return x
    if kind == "tensor(uint8)":
        return (x.astype(np.int16) + 128).astype(np.uint8)
    return (quant.scale * (x.astype(np.float64) - quant.zero_point)).astype(np.float32)


def _to_int8(outputs: NDArray[Any], quant: Quant) -> NDArray[np.int8]:
    """Convert outputs of any of these types to int8."""
    if outputs.dtype == np.uint8:
        return (outputs.astype(np.int16) - 128).astype(np.int8)
    return outputs if outputs.dtype == np.int8 else to_int8(outputs, quant)


def agreement(graph: Graph, model: bytes, x: NDArray[np.int8], optimize: bool = True) -> Agreement:
    """Compare the interpreter with ONNX Runtime; the arguments are those of `run_onnx`."""
    return compared(interpreter.run(graph, x), run_onnx(model, graph, x, optimize))


def compared(expected: NDArray[np.int8], outputs: NDArray[np.int8]) -> Agreement:
    """Compare two sets of outputs, int8 [n, features]."""
    steps = np.abs(expected.astype(np.int64) - outputs)
    same = expected.argmax(1) == outputs.argmax(1)
    return Agreement(
        steps.size, int((steps > 0).sum()), int(steps.max()), len(expected), int(same.sum())
    )


def _shape(axes: list[int | str | None], planes: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one case for a model whose input has these axes: a series may have no height."""
    channels, height, width = planes
    return {2: (channels,), 3: (channels, width)}.get(len(axes), (channels, height, width))
