"""Measurement of any int8 ONNX model on a board."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinypareto.codegen import ModelInfo, emit
from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.deploy.selection import random_inputs
from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.graph.cost import resources
from tinypareto.qdq.compare import Agreement, agreement
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import read
from tinypareto.resources import Resources
from tinypareto.targets.boards import find_board
from tinypareto.targets.toolchain import find_toolchain

CASES = 8
COMPARED = 64
"""Number of inputs for the comparison with ONNX Runtime, which is fast."""


@dataclass(frozen=True)
class ModelMeasurement:
    """Measurement of a model on a board.

    Attributes:
        exact: Bytes of constants and arena, and FLOPs, computed from the model.
        chip: Sizes of the linked program, and its emulated run.
        onnx_runtime: Agreement with ONNX Runtime's outputs; None if it is not installed.
    """

    exact: Resources
    chip: Verification
    onnx_runtime: Agreement | None

    @property
    def compared(self) -> str:
        """Result of the comparison with ONNX Runtime, in words."""
        result = self.onnx_runtime
        if result is None:
            return "not compared with ONNX Runtime: pip install 'tinypareto[onnx]'"
        return (
            f"ONNX Runtime, {result.cases} random inputs: {result.different} of {result.outputs} "
            f"outputs differ, by at most {result.largest} int8 steps; "
            f"{result.same_class} classes are the same"
        )

    def to_dict(self) -> dict[str, Any]:
        """Convert the measurement to JSON values, with units in the names."""
        sizes = {
            "constants_bytes": self.exact.rom_bytes,
            "arena_bytes": self.exact.ram_bytes,
            "flops": self.exact.flops,
        }
        compared = None if self.onnx_runtime is None else asdict(self.onnx_runtime)
        return {**self.chip.to_dict(), **sizes, "onnx_runtime": compared}


def measure_model(
    path: Path, board_name: str, toolchain: str = "zig", cases: int = CASES
) -> ModelMeasurement:
    """Read and compile an int8 QDQ model, and run it on random inputs.

    Args:
        path: The ONNX file.
        board_name: Name of a board, or path of a TOML file that describes one.
        toolchain: "zig" or "gcc".
        cases: Number of inputs to run in emulation, at least 1.

    Raises:
        InputError: The file, the board or the toolchain cannot be used, or the model has a node
            without an integer operator.
        ToolchainError: onnx or the compiler is missing, or the program faults.
    """
    board = find_board(board_name, label="--board")
    compiler = find_toolchain(toolchain, board)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    model = load_model(path)
    graph = read(model)
    quant, channels = graph.quants[graph.input], graph.input_shape[2]
    # An ONNX model says nothing about raw values: its real inputs are taken as such.
    gains, biases = (1 / quant.scale,) * channels, (float(quant.zero_point),) * channels
    files = emit(graph, ModelInfo(path.name, (), gains, biases))
    inputs = random_inputs(graph, cases), f"{cases} random inputs"
    try:
        compared = agreement(graph, model.content, random_inputs(graph, COMPARED))
    except ToolchainError:
        compared = None
    chip = on_board(graph, files, inputs, board, compiler, path.name)
    return ModelMeasurement(resources(graph), chip, compared)
