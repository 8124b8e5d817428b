"""Whether the C of a search's networks computes on a chip what Python says, and what it takes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto import data
from tinypareto.config import FILE, RunConfig, resolve
from tinypareto.errors import ConfigError, DataError, ResultFolderError, ToolchainError
from tinypareto.front import read_front
from tinypareto.given import load_toml
from tinypareto.graph import interpreter
from tinypareto.network import Network
from tinypareto.targets.boards import Board, board
from tinypareto.targets.emulator import check_emulation
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import Toolchain, find_toolchain

CASES = 8
DEFAULT_BOARD = "nucleo-l4r5"


@dataclass(frozen=True)
class Verification:
    """One network on one board.

    Attributes:
        trial: Number within its study.
        board: Where it was to run.
        toolchain: Who compiled.
        inputs: Where the inputs came from, in words.
        outputs: Output bytes that were compared.
        mismatches: Those that differ from the interpreter's.
        measurement: Sizes and work.
        not_run: Why nothing was emulated; empty if it was.
    """

    trial: int
    board: Board
    toolchain: str
    inputs: str
    outputs: int
    mismatches: int
    measurement: ChipMeasurement
    not_run: str

    @property
    def excess(self) -> str:
        """By how much it does not fit the board, in words; empty if it fits."""
        needs = (
            ("Flash", self.measurement.flash.total, self.board.flash_bytes),
            ("RAM", self.measurement.ram.total, self.board.ram_bytes),
        )
        return ", ".join(
            f"{name} by {used - limit} of {limit} bytes"
            for name, used, limit in needs
            if used > limit
        )

    @property
    def problem(self) -> str:
        """What is wrong, in one line; empty if nothing is."""
        where = f"trial {self.trial} on {self.board.name}"
        if self.mismatches:
            return (
                f"{where}: {self.mismatches} of {self.outputs} output bytes differ from the "
                "interpreter's; please report this bug"
            )
        if self.excess:
            return f"{where}: does not fit: {self.excess}; choose a smaller network of the front"
        return f"{where}: sizes only, {self.not_run}" if self.not_run else ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON: names carry their units."""
        made, run, clock = self.measurement, self.measurement.run, self.board.clock_hz
        rows = run.layers if run else ()
        cycles = run.cycles if run else None
        return {
            "trial": self.trial,
            "board": self.board.name,
            "core": self.board.core,
            "toolchain": self.toolchain,
            "inputs": self.inputs,
            "output_bytes": self.outputs,
            "mismatches": self.mismatches,
            "flash_bytes": {**asdict(made.flash), "total": made.flash.total},
            "ram_bytes": {**asdict(made.ram), "total": made.ram.total},
            "instructions": run.instructions if run else None,
            "macs": run.macs if run else None,
            "estimated_cycles": cycles,
            "estimated_ms": None if cycles is None else 1000 * cycles / clock,
            "layers": [
                {
                    "layer": row.layer,
                    "kind": row.kind,
                    "macs": row.macs,
                    "instructions": row.instructions,
                    "estimated_cycles": row.cycles,
                }
                for row in rows
            ],
            "problem": self.problem,
        }


def to_json(done: Sequence[Verification]) -> str:
    """The text that `tinypareto verify --json` prints: one object for each network."""
    return json.dumps([one.to_dict() for one in done], indent=2)


def verify(
    folder: Path,
    *,
    trial: int | None = None,
    board_name: str | None = None,
    toolchain: str = "zig",
    everything: bool = False,
    cases: int = CASES,
) -> list[Verification]:
    """Compile networks of a front for a board, run them in emulation, and compare.

    Args:
        folder: A result folder.
        trial: Number of a network of the front; by default the one of best accuracy.
        board_name: By default the run's, or `DEFAULT_BOARD`.
        toolchain: "zig" or "gcc".
        everything: All networks of the front.
        cases: Inputs to compare, from the run's test split where it can still be loaded.

    Raises:
        InputError: The folder, trial, board or toolchain cannot be used.
        ToolchainError: The compiler is missing or refused the C, or the program faults.
    """
    front = read_front(folder)
    config = _config(folder)
    where = board(board_name or (config.board if config else None) or DEFAULT_BOARD)
    compiler = find_toolchain(toolchain)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    if not front.points:
        raise ResultFolderError(f"{folder}: its front is empty; raise the limits and search again")
    numbers = [trial if trial is not None else front.points[0].number]
    if everything:
        numbers = [point.number for point in front.points]
    return [
        _verify(number, front.load(number), where, compiler, config, cases) for number in numbers
    ]


def _verify(
    number: int,
    network: Network,
    where: Board,
    compiler: Toolchain,
    config: RunConfig | None,
    cases: int,
) -> Verification:
    x, inputs = _inputs(network, config, cases)
    files, not_run = network.c_files(), ""
    try:
        check_emulation(where.core)
    except ToolchainError as missing:
        not_run = str(missing)
    made = measure(network.graph, files, where, compiler, None if not_run else x)
    wrong, compared = 0, 0
    if made.run:
        expected = interpreter.run(network.graph, x)
        wrong, compared = int((made.run.outputs != expected).sum()), expected.size
    return Verification(number, where, compiler.name, inputs, compared, wrong, made, not_run)


def _config(folder: Path) -> RunConfig | None:
    file = folder / FILE
    return resolve(load_toml(file)) if file.is_file() else None


def _inputs(network: Network, config: RunConfig | None, cases: int) -> tuple[NDArray[np.int8], str]:
    """Quantized inputs, and where they come from."""
    try:
        dataset = data.load(config.dataset) if config else None
    except DataError:
        dataset = None
    if dataset is not None and dataset.input_shape == network.recipe.input_shape:
        x = network.to_int8(dataset.x_test[:cases])
        return x, f"{len(x)} cases of the test split of {dataset.name}"
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (cases, *network.graph.input_shape)).astype(np.int8)
    return x, f"{cases} random inputs"
