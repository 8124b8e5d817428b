"""What ONNX Runtime computes of a QDQ model, beside the exact interpreter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.requantize import to_int8
from tinypareto.qdq.library import onnxruntime

ERRORS_ONLY = 3


@dataclass(frozen=True)
class Agreement:
    """How the outputs of the same inputs compare.

    Attributes:
        outputs: Values that were compared.
        different: Those that are not equal.
        largest: The largest difference, in int8 steps.
        cases: Inputs.
        same_class: Inputs whose largest output is the same one.
    """

    outputs: int
    different: int
    largest: int
    cases: int
    same_class: int


def run_onnx(model: bytes, graph: Graph, x: NDArray[np.int8], optimize: bool) -> NDArray[np.int8]:
    """Outputs of ONNX Runtime on its CPU.

    Args:
        model: Serialized; one input and one output.
        graph: The same network; its quantizations tell the real input and the int8 output.
        x: Quantized inputs, int8 [n, height, width, channels].
        optimize: Let it fuse operators into its own integer ones, as it does by default.

    Returns:
        Quantized outputs, int8 [n, features].

    Raises:
        ToolchainError: ONNX Runtime is not installed.
    """
    library = onnxruntime()
    options = library.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.intra_op_num_threads = 1
    if not optimize:
        options.graph_optimization_level = library.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = library.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    first, last = graph.quants[graph.input], graph.quants[graph.output]
    real = (first.scale * (x.astype(np.float64) - first.zero_point)).astype(np.float32)
    planes = np.moveaxis(real, -1, 1)
    planes = planes.reshape(len(x), *_shape(given.shape, planes.shape[1:]))
    made = [session.run(None, {given.name: case[None]})[0] for case in planes]
    return to_int8(np.concatenate(made).reshape(len(x), -1), last)


def agreement(graph: Graph, model: bytes, x: NDArray[np.int8], optimize: bool = True) -> Agreement:
    """Compare the interpreter with ONNX Runtime; the arguments are those of `run_onnx`."""
    ours, theirs = interpreter.run(graph, x), run_onnx(model, graph, x, optimize)
    steps = np.abs(ours.astype(np.int64) - theirs)
    same = ours.argmax(1) == theirs.argmax(1)
    return Agreement(steps.size, int((steps > 0).sum()), int(steps.max()), len(x), int(same.sum()))


def _shape(given: list[int | str | None], planes: tuple[int, ...]) -> tuple[int, ...]:
    """Of one case as the model wants it: a series may have no height."""
    channels, height, width = planes
    return {2: (channels,), 3: (channels, width)}.get(len(given), (channels, height, width))
