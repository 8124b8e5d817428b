"""What ONNX Runtime computes of a QDQ model, beside the exact interpreter."""

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
    # Otherwise products are added in pairs that saturate at 16 bits, on x86 without VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if not optimize:
        options.graph_optimization_level = library.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = library.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    planes = np.moveaxis(x, -1, 1)
    planes = planes.reshape(len(x), *_shape(given.shape, planes.shape[1:]))
    fed = _from_int8(planes, given.type, graph.quants[graph.input])
    made = np.concatenate([session.run(None, {given.name: case[None]})[0] for case in fed])
    steps = _to_int8(made, graph.quants[graph.output])
    return (np.moveaxis(steps, 1, -1) if steps.ndim > 2 else steps).reshape(len(x), -1)


def _from_int8(x: NDArray[np.int8], kind: str, quant: Quant) -> NDArray[Any]:
    """Inputs of the type that the model takes."""
    if kind == "tensor(int8)":
        return x
    if kind == "tensor(uint8)":
        return (x.astype(np.int16) + 128).astype(np.uint8)
    return (quant.scale * (x.astype(np.float64) - quant.zero_point)).astype(np.float32)


def _to_int8(made: NDArray[Any], quant: Quant) -> NDArray[np.int8]:
    """Outputs of any of these types as int8."""
    if made.dtype == np.uint8:
        return (made.astype(np.int16) - 128).astype(np.int8)
    return made if made.dtype == np.int8 else to_int8(made, quant)


def agreement(graph: Graph, model: bytes, x: NDArray[np.int8], optimize: bool = True) -> Agreement:
    """Compare the interpreter with ONNX Runtime; the arguments are those of `run_onnx`."""
    return compared(interpreter.run(graph, x), run_onnx(model, graph, x, optimize))


def compared(ours: NDArray[np.int8], theirs: NDArray[np.int8]) -> Agreement:
    """Compare two sets of outputs, int8 [n, features]."""
    steps = np.abs(ours.astype(np.int64) - theirs)
    same = ours.argmax(1) == theirs.argmax(1)
    return Agreement(
        steps.size, int((steps > 0).sum()), int(steps.max()), len(ours), int(same.sum())
    )


def _shape(given: list[int | str | None], planes: tuple[int, ...]) -> tuple[int, ...]:
    """Of one case as the model wants it: a series may have no height."""
    channels, height, width = planes
    return {2: (channels,), 3: (channels, width)}.get(len(given), (channels, height, width))
