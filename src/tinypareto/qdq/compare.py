"""Compares the outputs of a QDQ model in ONNX Runtime with those of the exact interpreter."""

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph import interpreter
from tinypareto.graph.agreement import Agreement, compared
from tinypareto.graph.graph import Graph
from tinypareto.qdq.runtime import as_int8, run_tensors


def run_onnx(
    model: bytes,
    graph: Graph,
    x: NDArray[np.int8],
    optimize: bool,
    channels_last: tuple[bool, bool] = (False, False),
) -> NDArray[np.int8]:
    """Run a model in ONNX Runtime on the CPU.

    Args:
        model: Serialized; one input and one output.
        graph: The same network; its quantization converts the inputs and outputs.
        x: Quantized inputs, int8 [n, height, width, channels].
        optimize: Let ONNX Runtime fuse operators into its own integer ones, as by default.
        channels_last: Whether the channels of the model's input, and of its output, come last.

    Returns:
        Quantized outputs, int8 [n, features].

    Raises:
        ToolchainError: ONNX Runtime is not installed, or cannot run the model.
    """
    (outputs,) = run_tensors(model, graph, x, optimize, (), channels_last[0])
    steps = as_int8(outputs, graph.quants[graph.output])
    first = steps.ndim > 2 and not channels_last[1]
    return (np.moveaxis(steps, 1, -1) if first else steps).reshape(len(x), -1)


def agreement(
    graph: Graph,
    model: bytes,
    x: NDArray[np.int8],
    optimize: bool = True,
    channels_last: tuple[bool, bool] = (False, False),
) -> Agreement:
    """Compare the interpreter with ONNX Runtime; the arguments are those of `run_onnx`."""
    return compared(interpreter.run(graph, x), run_onnx(model, graph, x, optimize, channels_last))
