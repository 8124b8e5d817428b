"""Results of a TensorFlow Lite model, computed by LiteRT."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.graph.agreement import Int8
from tinypareto.tflite.builder import missing


def run_tflite(model: bytes, x: NDArray[Any], optimize: bool) -> NDArray[Any]:
    """Outputs of LiteRT on its CPU.

    Args:
        model: Content of a model file, as `to_tflite` returns it.
        x: Inputs in the model's own type, [n, height, width, channels].
        optimize: Let it use its XNNPACK kernels, as it does by default; otherwise the reference
            ones.

    Returns:
        Outputs in the model's own type, [n, features].

    Raises:
        ToolchainError: ai-edge-litert is not installed.
        DataError: It cannot run the model.
    """
    (outputs,) = run_tensors(model, x, [], optimize)
    return outputs.reshape(len(x), -1)


def run_tensors(
    model: bytes, x: NDArray[Any], tensors: Sequence[int], optimize: bool
) -> list[NDArray[Any]]:
    """Run a model and return tensors by their numbers, or its output if there are none.

    Args:
        model: Content of a model file.
        x: Inputs in the model's own type, [n, ...].
        tensors: Numbers of tensors that the model computes.
        optimize: Whether to use the default kernels, as for `run_tflite`.

    Raises:
        ToolchainError: ai-edge-litert is not installed.
        DataError: It cannot run the model.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ModuleNotFoundError as absent:
        raise missing() from absent
    kind = OpResolverType.AUTO if optimize else OpResolverType.BUILTIN_REF
    try:
        with _without_its_log():
            runner = Interpreter(
                model_content=model,
                experimental_op_resolver_type=kind,
                experimental_preserve_all_tensors=bool(tensors),
                num_threads=1,
            )
            runner.allocate_tensors()
        return _run(runner, x, tensors)
    except (RuntimeError, ValueError) as cause:
        reason = str(cause).strip().partition("\n")[0]
        raise DataError(f"model: LiteRT cannot run it ({reason}); convert it again") from cause


def _run(runner: Any, x: NDArray[Any], tensors: Sequence[int]) -> list[NDArray[Any]]:
    (given,), (made,) = runner.get_input_details(), runner.get_output_details()
    numbers = tensors or [made["index"]]
    rows: list[list[Int8]] = [[] for _ in numbers]
    for case in x:
        runner.set_tensor(given["index"], case.reshape(given["shape"]))
        runner.invoke()
        for number, values in zip(numbers, rows, strict=True):
            values.append(runner.get_tensor(number)[0])
    return [np.stack(values) for values in rows]


@contextmanager
def _without_its_log() -> Iterator[None]:
    """Drop what LiteRT's C++ writes to the standard error; it has no switch for that."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
