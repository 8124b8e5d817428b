"""Whether the C of a search's networks computes on a chip what Python says, and what it takes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.found import Found, find
from tinypareto.graph import interpreter
from tinypareto.graph.cost import layer_costs
from tinypareto.graph.plan import peak_layer
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
        heaviest: The layers with most constants and with most tensors in use.
    """

    trial: int
    board: Board
    toolchain: str
    inputs: str
    outputs: int
    mismatches: int
    measurement: ChipMeasurement
    not_run: str
    heaviest: tuple[str, str]

    @property
    def excess(self) -> str:
        """By how much it does not fit the board, and where, in words; empty if it fits."""
        flash, ram = self.measurement.flash, self.measurement.ram
        needs = (
            ("Flash", flash.total, self.board.flash_bytes, asdict(flash), "largest"),
            ("RAM", ram.total, self.board.ram_bytes, asdict(ram), "fullest"),
        )
        return ", ".join(
            f"{name} by {used - limit} of {limit} bytes ("
            + ", ".join(f"{part} {count}" for part, count in parts.items() if count is not None)
            + f"; {word} at layer {layer!r})"
            for (name, used, limit, parts, word), layer in zip(needs, self.heaviest, strict=True)
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
        trial: Number of a network of the front; by default its knee.
        board_name: By default the run's, or `DEFAULT_BOARD`.
        toolchain: "zig" or "gcc".
        everything: All networks of the front.
        cases: Inputs to compare, from the run's test split where it can still be loaded.

    Raises:
        InputError: The folder, trial, board or toolchain cannot be used.
        ToolchainError: The compiler is missing or refused the C, or the program faults.
    """
    first = find(folder, trial)
    config = first.config
    where = board(board_name or (config.board if config else None) or DEFAULT_BOARD)
    compiler = find_toolchain(toolchain)
    if cases < 1:
        raise ConfigError(f"--cases: got {cases}; wanted a whole number from 1")
    points = first.front.points if everything else (first.point,)
    return [_verify(replace(first, point=point), where, compiler, cases) for point in points]


def _verify(found: Found, where: Board, compiler: Toolchain, cases: int) -> Verification:
    network = found.network
    x, inputs = found.inputs(cases)
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
    number = found.point.number
    largest = max(layer_costs(network.graph), key=lambda row: int(row.rom_bytes)).layer
    heaviest = largest, peak_layer(network.graph)
    return Verification(
        number, where, compiler.name, inputs, compared, wrong, made, not_run, heaviest
    )
