"""What an int8 ONNX model, whoever made it, takes of a board."""

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
"""Inputs for the comparison with ONNX Runtime, which costs little."""


@dataclass(frozen=True)
class ModelMeasurement:
    """A model on a board.

    Attributes:
        exact: Constants, arena and FLOPs.
        chip: The linked program, and its emulated run.
        onnx_runtime: How ONNX Runtime's outputs compare; None where it is not installed.
    """

    exact: Resources
    chip: Verification
    onnx_runtime: Agreement | None

    @property
    def compared(self) -> str:
        """What the comparison with ONNX Runtime gave, in words."""
        found = self.onnx_runtime
        if found is None:
            return "not compared with ONNX Runtime: pip install 'tinypareto[onnx]'"
        return (
            f"ONNX Runtime, {found.cases} random inputs: {found.different} of {found.outputs} "
            f"outputs differ, by at most {found.largest} int8 steps; "
            f"{found.same_class} classes are the same"
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON: names carry their units."""
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
    """Read, compile and run an int8 QDQ model, on random inputs.

    Args:
        path: The ONNX file.
        board_name: Name of a board, or path of a TOML file that describes one.
        toolchain: "zig" or "gcc".
        cases: Inputs to run in emulation.

    Raises:
        InputError: The file, the board or the toolchain cannot be used, or the model holds
            something without integer operator.
        ToolchainError: onnx or the compiler is missing, or the program faults.
    """
    board = find_board(board_name, label="--board")
    compiler = find_toolchain(toolchain, board)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    model = load_model(path)
    graph = read(model)
    quant, channels = graph.quants[graph.input], graph.input_shape[2]
    gains, biases = (1 / quant.scale,) * channels, (float(quant.zero_point),) * channels
    files = emit(graph, ModelInfo(path.name, (), gains, biases))
    inputs = random_inputs(graph, cases), f"{cases} random inputs"
    try:
        compared = agreement(graph, model.content, random_inputs(graph, COMPARED))
    except ToolchainError:
        compared = None
    chip = on_board(graph, files, inputs, board, compiler, path.name)
    return ModelMeasurement(resources(graph), chip, compared)
