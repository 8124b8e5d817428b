"""Measurement of an int8 model on every board of the registry."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinypareto.codegen import emit
from tinypareto.deploy.imported import Comparison, import_network
from tinypareto.deploy.on_board import Verification, on_board
from tinypareto.deploy.selection import random_inputs
from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.targets.boards import BOARDS, Board
from tinypareto.targets.toolchain import find_toolchain

ALL = "all"
"""Stands for every board on the command line."""


@dataclass(frozen=True)
class ManyBoards:
    """A model on several boards.

    Attributes:
        name: Name of the model.
        chips: One measurement for each board that could be measured.
        left_out: Reason by the name of each board that the compiler does not support.
        failed: Reason by the name of each board on whose core the compiler or the emulator failed.
        comparison: Comparison with the model's own runtime.
    """

    name: str
    chips: tuple[Verification, ...]
    left_out: dict[str, str]
    failed: dict[str, str]
    comparison: Comparison

    @property
    def problem(self) -> str:
        """Problem of the model itself in one line, or that it fits no board; empty if none."""
        if self.comparison.wrong_layer:
            return str(self.comparison.wrong_layer)
        wrong = [chip.problem for chip in self.chips if chip.mismatches]
        wrong += [f"{self.name} on {name}: {reason}" for name, reason in self.failed.items()]
        if wrong or any(not chip.excess for chip in self.chips):
            return wrong[0] if wrong else ""
        return f"{self.name}: fits none of {len(self.chips)} boards; choose a smaller network"

    def to_dict(self) -> dict[str, Any]:
        """Convert the measurements to JSON values, with units in the names."""
        boards = []
        for chip in self.chips:
            record = chip.to_dict()
            del record["layers"]
            boards.append({**record, "over_bytes": over(chip), "fits": not chip.excess})
        return {
            "network": self.name,
            "boards": boards,
            "left_out": self.left_out,
            "failed": self.failed,
            **self.comparison.to_dict(),
            "problem": self.problem,
        }


def measure_everywhere(path: Path, toolchain: str, cases: int) -> ManyBoards:
    """Read a model and measure it on every board.

    It is compiled and run once for each core: boards of one core differ in memory and clock alone.

    Args:
        path: The ONNX or TensorFlow Lite file.
        toolchain: "zig" or "gcc".
        cases: Number of inputs to run in emulation, at least 1.

    Raises:
        InputError: The file or the toolchain cannot be used, or the model has a node without an
            integer operator.
        ToolchainError: A package or the compiler is missing.
    """
    find_toolchain(toolchain)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    network = import_network(path)
    compared, files = network.compare(), emit(network.graph, network.info())
    inputs = random_inputs(network.graph, cases), f"{cases} random inputs"
    chips: dict[str, Verification] = {}
    left_out: dict[str, str] = {}
    failed: dict[str, str] = {}
    for boards in _by_core():
        names = [board.name for board in boards]
        try:
            compiler = find_toolchain(toolchain, boards[0])
            done = on_board(network.graph, files, inputs, boards[0], compiler, path.name)
            chips |= {board.name: replace(done, board=board) for board in boards}
        except ConfigError as reason:
            left_out |= dict.fromkeys(names, str(reason))
        except ToolchainError as reason:
            failed |= dict.fromkeys(names, str(reason))
    ordered = tuple(chips[name] for name in BOARDS if name in chips)
    return ManyBoards(path.name, ordered, left_out, failed, compared)


def over(chip: Verification) -> dict[str, int]:
    """Bytes by which a program exceeds the memories of its board; 0 where it does not."""
    used = {"flash": chip.measurement.flash.total, "ram": chip.measurement.ram.total}
    limits = {"flash": chip.board.flash_bytes, "ram": chip.board.ram_bytes}
    return {name: max(used[name] - limits[name], 0) for name in used}


def _by_core() -> list[list[Board]]:
    """The boards of each core, the one with the most RAM first."""
    found: dict[str, list[Board]] = {}
    for board in BOARDS.values():
        found.setdefault(board.core, []).append(board)
    return [sorted(boards, key=lambda board: -board.ram_bytes) for boards in found.values()]
