"""What a network takes of a chip: sizes of the linked program, and its work when emulated."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.cost import layer_costs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.boards import Board
from tinypareto.targets.cores import Core, core
from tinypareto.targets.elf import FlashUse, Program, read_program
from tinypareto.targets.emulator import LAYER, Emulator, Run, Work
from tinypareto.targets.toolchain import Toolchain


@dataclass(frozen=True)
class RamUse:
    """Bytes of RAM.

    Attributes:
        arena: The planned arena.
        static: All other variables.
        stack: The deepest that the emulated stack was; None where it was not emulated.
    """

    arena: int
    static: int
    stack: int | None

    @property
    def total(self) -> int:
        """All that is known of it."""
        return self.arena + self.static + (self.stack or 0)


@dataclass(frozen=True)
class LayerRun:
    """One layer of one inference.

    Attributes:
        layer: Its name in the network.
        kind: Its operator.
        macs: Multiply-accumulates.
        instructions: Executed.
        cycles: Estimated; None where the core's timing is not known.
    """

    layer: str
    kind: str
    macs: int
    instructions: int
    cycles: float | None


@dataclass(frozen=True)
class ChipRun:
    """What the emulated chip did.

    Attributes:
        layers: In execution order; counted in the first inference.
        outputs: Of all inferences, int8, shape (n, features).
    """

    layers: tuple[LayerRun, ...]
    outputs: NDArray[np.int8]

    @property
    def instructions(self) -> int:
        """Of one inference."""
        return sum(row.instructions for row in self.layers)

    @property
    def macs(self) -> int:
        """Of one inference."""
        return sum(row.macs for row in self.layers)

    @property
    def cycles(self) -> float | None:
        """Of one inference, estimated; None where the core's timing is not known."""
        known = [row.cycles for row in self.layers if row.cycles is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class ChipMeasurement:
    """A network on a board.

    Attributes:
        flash: Of the linked program.
        ram: Of the linked program.
        run: Its emulated work; None where nothing was emulated.
    """

    flash: FlashUse
    ram: RamUse
    run: ChipRun | None


def measure(
    graph: Graph,
    files: Mapping[str, str],
    board: Board,
    toolchain: Toolchain,
    x: NDArray[np.int8] | None,
) -> ChipMeasurement:
    """Compile, link and, unless there are no inputs, emulate.

    Args:
        graph: The quantized network.
        files: Its C, from `tinypareto.codegen.emit`.
        board: Where it is to run.
        toolchain: Who compiles.
        x: Quantized inputs, int8, shape (n, height, width, channels), n >= 1; None to measure the
            sizes only, without the stack.

    Raises:
        ToolchainError: The compiler refused, unicorn is missing or does not know the core, or the
            program faults.
    """
    with tempfile.TemporaryDirectory(prefix="tinypareto-") as folder:
        program = read_program(toolchain.build(files, board, Path(folder)))
    if x is None:
        return _measurement(program, None, None)
    chip = core(board.core)
    emulator = Emulator(program, chip)
    runs = [_infer(emulator, graph, case) for case in x]
    outputs = np.stack([np.frombuffer(run.output, np.int8) for run in runs])
    run = ChipRun(_layers(graph, runs[0].work, chip), outputs)
    return _measurement(program, emulator.stack_bytes(), run)


def _measurement(program: Program, stack: int | None, run: ChipRun | None) -> ChipMeasurement:
    ram = RamUse(program.arena_bytes, program.static_bytes, stack)
    return ChipMeasurement(program.flash, ram, run)


def _infer(emulator: Emulator, graph: Graph, case: NDArray[np.int8]) -> Run:
    offsets = plan(graph).offsets
    output = offsets[graph.output], prod(graph.shapes()[graph.output])
    return emulator.run(offsets[graph.input], case.tobytes(), output)


def _layers(graph: Graph, work: Mapping[str, Work], chip: Core) -> tuple[LayerRun, ...]:
    """One row a node, then what `main` does around them."""
    costs = layer_costs(graph)
    rows = [
        (cost.layer, cost.kind, cost.macs, work[f"{LAYER}{at}"]) for at, cost in enumerate(costs)
    ]
    rows.append(("(call)", "main", 0, work["main"]))
    return tuple(
        LayerRun(layer, kind, int(macs), did.instructions, _cycles(chip, did))
        for layer, kind, macs, did in rows
    )


def _cycles(chip: Core, work: Work) -> float | None:
    if chip.timing is None:
        return None
    return chip.timing.cycles(work.instructions, work.words, work.jumps)
