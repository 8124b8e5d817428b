"""Runs a QDQ model in ONNX Runtime on quantized inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.graph.graph import Graph
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.qdq.library import onnxruntime

NOTHING_BUT_FATAL = 4
"""Errors are raised; ONNX Runtime would print them as well."""


def run_tensors(
    model: bytes,
    graph: Graph,
    x: NDArray[np.int8],
    optimize: bool,
    tensors: Sequence[str],
    channels_last: bool,
) -> list[NDArray[Any]]:
    """Run a model and return some of its outputs.

    Args:
        model: Serialized, with one input.
        graph: The same network; its quantization converts the inputs.
        x: Quantized inputs, int8 [n, height, width, channels].
        optimize: Let ONNX Runtime fuse operators into its own integer ones, as by default.
        tensors: Names of outputs; none for all of them.
        channels_last: Whether the model takes its inputs as the graph does, with channels last.

    Returns:
        The outputs in the model's own types and shapes, with n as their first axis.

    Raises:
        ToolchainError: ONNX Runtime is not installed, or cannot run the model.
    """
    library = onnxruntime()
    try:
        return _run(_session(library, model, optimize), graph, x, tensors, channels_last)
    # ONNX Runtime's own exceptions have no common base.
    except Exception as cause:
        if optimize:  # its fusions fail on some models that it can run without them
            return run_tensors(model, graph, x, False, tensors, channels_last)
        reason = str(cause).strip().splitlines()[0]
        raise ToolchainError(f"ONNX Runtime cannot run the model: {reason}") from cause


def _session(library: Any, model: bytes, optimize: bool) -> Any:
    options = library.SessionOptions()
    options.log_severity_level = NOTHING_BUT_FATAL
    options.intra_op_num_threads = 1
    # Otherwise products are added in pairs that saturate at 16 bits, on x86 without VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if not optimize:
        options.graph_optimization_level = library.GraphOptimizationLevel.ORT_DISABLE_ALL
    return library.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _run(
    session: Any, graph: Graph, x: NDArray[np.int8], tensors: Sequence[str], channels_last: bool
) -> list[NDArray[Any]]:
    (source,) = session.get_inputs()
    batch = source.shape[0] if isinstance(source.shape[0], int) else 1
    planes = x if channels_last else np.moveaxis(x, -1, 1)
    planes = planes.reshape(len(x), *_shape(len(source.shape), planes.shape[1:], channels_last))
    # A model for a fixed number of cases gets the last one again to fill it.
    planes = planes[np.minimum(np.arange(-(-len(x) // batch) * batch), len(x) - 1)]
    cases = _from_int8(planes, source.type, graph.quants[graph.input])
    names = list(tensors) or None
    runs = [
        session.run(names, {source.name: cases[start : start + batch]})
        for start in range(0, len(cases), batch)
    ]
    return [np.concatenate(parts)[: len(x)] for parts in zip(*runs, strict=True)]


def _from_int8(x: NDArray[np.int8], kind: str, quant: Quant) -> NDArray[Any]:
    """Convert int8 inputs to the type that the model takes."""
    if kind == "tensor(int8)":
        return x
    if kind == "tensor(uint8)":
        return (x.astype(np.int16) + 128).astype(np.uint8)
    return (quant.scale * (x.astype(np.float64) - quant.zero_point)).astype(np.float32)


def as_int8(values: NDArray[Any], quant: Quant) -> NDArray[np.int8]:
    """Convert values of a quantized tensor, uint8, int8 or real, to int8."""
    if values.dtype == np.uint8:
        return (values.astype(np.int16) - 128).astype(np.int8)
    return values if values.dtype == np.int8 else to_int8(values, quant)


def _shape(axes: int, image: tuple[int, ...], channels_last: bool) -> tuple[int, ...]:
    """Shape of one case for a model whose input has so many axes: a series may have no height."""
    if channels_last:
        return image[4 - axes :]
    channels, height, width = image
    return {2: (channels,), 3: (channels, width)}.get(axes, (channels, height, width))
