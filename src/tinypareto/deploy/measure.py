"""Measurement of any int8 ONNX or TensorFlow Lite model on a board."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinypareto.codegen import emit
from tinypareto.deploy.imported import Comparison, import_network
from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.deploy.selection import random_inputs
from tinypareto.errors import ConfigError
from tinypareto.graph.cost import resources
from tinypareto.resources import Resources
from tinypareto.targets.boards import find_board
from tinypareto.targets.toolchain import find_toolchain

CASES = 8


@dataclass(frozen=True)
class ModelMeasurement:
    """Measurement of a model on a board.

    Attributes:
        exact: Bytes of constants and arena, and FLOPs, computed from the model.
        chip: Sizes of the linked program, and its emulated run.
        comparison: Comparison with the model's own runtime.
    """

    exact: Resources
    chip: Verification
    comparison: Comparison

    @property
    def problem(self) -> str:
        """Problem of the model on this board in one line; empty if there is none."""
        wrong = self.comparison.wrong_layer
        return str(wrong) if wrong else self.chip.problem

    def to_dict(self) -> dict[str, Any]:
        """Convert the measurement to JSON values, with units in the names."""
        sizes = {
            "constants_bytes": self.exact.rom_bytes,
            "arena_bytes": self.exact.ram_bytes,
            "flops": self.exact.flops,
        }
        return {**self.chip.to_dict(), **sizes, **self.comparison.to_dict()}


def measure_model(
    path: Path, board_name: str, toolchain: str = "zig", cases: int = CASES
) -> ModelMeasurement:
    """Read and compile an int8 model, and run it on random inputs.

    Args:
        path: The ONNX or TensorFlow Lite file.
        board_name: Name of a board, or path of a TOML file that describes one.
        toolchain: "zig" or "gcc".
        cases: Number of inputs to run in emulation, at least 1.

    Raises:
        InputError: The file, the board or the toolchain cannot be used, or the model has a node
            without an integer operator.
        ToolchainError: A package or the compiler is missing, or the program faults.
    """
    board = find_board(board_name, label="--board")
    compiler = find_toolchain(toolchain, board)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    network = import_network(path)
    graph = network.graph
    inputs = random_inputs(graph, cases), f"{cases} random inputs"
    compared = network.compare()
    chip = on_board(graph, emit(graph, network.info()), inputs, board, compiler, path.name)
    return ModelMeasurement(resources(graph), chip, compared)
