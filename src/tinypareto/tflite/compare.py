"""Outputs of a TensorFlow Lite model, computed by LiteRT."""

import numpy as np
from numpy.typing import NDArray

from tinypareto.tflite.builder import missing


def run_tflite(model: bytes, x: NDArray[np.int8], optimize: bool) -> NDArray[np.int8]:
    """Outputs of LiteRT on its CPU.

    Args:
        model: Content of a model file, as `to_tflite` returns it.
        x: Quantized inputs, int8 [n, height, width, channels].
        optimize: Let it use its XNNPACK kernels, as it does by default; otherwise the reference
            ones.

    Returns:
        Quantized outputs, int8 [n, features].

    Raises:
        ToolchainError: ai-edge-litert is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ModuleNotFoundError as absent:
        raise missing() from absent
    kind = OpResolverType.AUTO if optimize else OpResolverType.BUILTIN_REF
    runner = Interpreter(model_content=model, experimental_op_resolver_type=kind, num_threads=1)
    runner.allocate_tensors()
    (given,), (made,) = runner.get_input_details(), runner.get_output_details()
    rows = []
    for case in x:
        runner.set_tensor(given["index"], case[None])
        runner.invoke()
        rows.append(runner.get_tensor(made["index"]).ravel())
    return np.stack(rows)
