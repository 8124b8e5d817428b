"""A network's C on a board: compiled, run in emulation, compared with the interpreter."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph import interpreter
from tinypareto.graph.cost import layer_costs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import peak_layer
from tinypareto.targets.boards import Board
from tinypareto.targets.cores import core
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import Toolchain


@dataclass(frozen=True)
class Verification:
    """One network on one board.

    Attributes:
        name: Display name of the network.
        trial: Trial number in the study; None if the network does not come from a study.
        board: The board.
        toolchain: Name of the compiler.
        inputs: Origin of the inputs, in words.
        outputs: Number of output bytes that were compared.
        mismatches: Number of output bytes that differ from the interpreter's.
        measurement: Sizes and work of the program.
        not_run: Reason why the program was not emulated; empty if it was.
        heaviest: Layer with the most constants, and layer with the most memory in use.
    """

    name: str
    trial: int | None
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
        """How far the program exceeds the board's memory, and where; empty if it fits."""
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
        """Problem in one line; empty if there is none."""
        label = f"{self.name} on {self.board.name}"
        if self.mismatches:
            return (
                f"{label}: {self.mismatches} of {self.outputs} output bytes differ from the "
                "interpreter's; please report this bug"
            )
        if self.excess:
            return f"{label}: does not fit: {self.excess}; choose a smaller network"
        return f"{label}: sizes only, {self.not_run}" if self.not_run else ""

    def to_dict(self) -> dict[str, Any]:
        """Fields for JSON; their names carry the units."""
        flash, ram, run = self.measurement.flash, self.measurement.ram, self.measurement.run
        rows = run.layers if run else ()
        cycles = run.cycles if run else None
        return {
            "network": self.name,
            "trial": self.trial,
            "board": self.board.name,
            "core": self.board.core,
            "toolchain": self.toolchain,
            "inputs": self.inputs,
            "output_bytes": self.outputs,
            "mismatches": self.mismatches,
            "flash_bytes": {**asdict(flash), "total": flash.total},
            "ram_bytes": {**asdict(ram), "total": ram.total},
            "instructions": run.instructions if run else None,
            "macs": run.macs if run else None,
            "estimated_cycles": cycles,
            "estimated_ms": None if cycles is None else 1000 * cycles / self.board.clock_hz,
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


def on_board(
    graph: Graph,
    files: Mapping[str, str],
    inputs: tuple[NDArray[np.int8], str],
    board: Board,
    compiler: Toolchain,
    name: str,
    trial: int | None = None,
) -> Verification:
    """Compile, run and compare a network.

    Args:
        graph: The quantized network.
        files: Its C, from `tinypareto.codegen.emit`.
        inputs: Quantized inputs [n, height, width, channels], n >= 1, and their origin in words.
        board: The board.
        compiler: The compiler.
        name: Display name of the network.
        trial: Trial number in the study, if the network comes from one.

    Raises:
        ToolchainError: The compiler refused the C, or the program faults.
    """
    x, origin = inputs
    not_run = core(board.core).missing
    measurement = measure(graph, files, board, compiler, None if not_run else x)
    wrong, compared = 0, 0
    if measurement.run:
        expected = interpreter.run(graph, x)
        wrong, compared = int((measurement.run.outputs != expected).sum()), expected.size
    largest = max(layer_costs(graph), key=lambda row: int(row.rom_bytes)).layer
    return Verification(
        name=name,
        trial=trial,
        board=board,
        toolchain=compiler.name,
        inputs=origin,
        outputs=compared,
        mismatches=wrong,
        measurement=measurement,
        not_run=not_run,
        heaviest=(largest, peak_layer(graph)),
    )
