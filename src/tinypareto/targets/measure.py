"""Measurement of a network on a chip: sizes of the linked program, and its work in emulation."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.cost import layer_costs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.backend import Core
from tinypareto.targets.boards import Board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import FlashUse, Program, read_program
from tinypareto.targets.emulation import LAYER, Emulator, Run, Work
from tinypareto.targets.toolchain import Toolchain


@dataclass(frozen=True)
class RamUse:
    """Bytes of RAM.

    Attributes:
        arena: Size of the planned arena.
        static: Size of all other variables.
        stack: Greatest depth of the emulated stack; None if the program was not emulated.
    """

    arena: int
    static: int
    stack: int | None

    @property
    def total(self) -> int:
        """Sum of all known parts."""
        return self.arena + self.static + (self.stack or 0)


@dataclass(frozen=True)
class LayerRun:
    """One layer of one inference.

    Attributes:
        layer: Name of the layer in the network.
        kind: Operator of the layer.
        macs: Number of multiply-accumulates.
        instructions: Number of executed instructions.
        cycles: Estimated cycles; None if there is no model of the core's time.
    """

    layer: str
    kind: str
    macs: int
    instructions: int
    cycles: float | None


@dataclass(frozen=True)
class ChipRun:
    """Work and outputs of the emulated chip.

    Attributes:
        layers: Layers in the order of execution, counted in the first inference.
        outputs: Outputs of all inferences, int8, shape (n, features).
    """

    layers: tuple[LayerRun, ...]
    outputs: NDArray[np.int8]

    @property
    def instructions(self) -> int:
        """Executed instructions of one inference."""
        return sum(row.instructions for row in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(row.macs for row in self.layers)

    @property
    def cycles(self) -> float | None:
        """Estimated cycles of one inference; None if there is no model of the core's time."""
        known = [row.cycles for row in self.layers if row.cycles is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class ChipMeasurement:
    """A network on a board.

    Attributes:
        flash: Flash of the linked program.
        ram: RAM of the linked program.
        run: Work of the emulated program; None if it was not emulated.
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
    """Compile, link and, if inputs are given, emulate.

    Args:
        graph: The quantized network.
        files: Its C, from `tinypareto.codegen.emit`.
        board: The board to compile for.
        toolchain: The compiler.
        x: Quantized inputs, int8, shape (n, height, width, channels), n >= 1; None to measure
            only the sizes, without the stack.

    Raises:
        ToolchainError: The compiler refused the C, the emulator is missing or lacks the core, or
            the program faults.
    """
    program = _build(files, board, toolchain)
    if x is None:
        return _measurement(program, None, None)
    chip = core(board.core)
    with chip.load(_runnable(program, files, board, toolchain)) as emulator:
        runs = [_infer(emulator, graph, case) for case in x]
        stack = emulator.stack_bytes()
    outputs = np.stack([np.frombuffer(run.output, np.int8) for run in runs])
    return _measurement(program, stack, ChipRun(_layers(graph, runs[0].work, chip), outputs))


def _build(files: Mapping[str, str], board: Board, toolchain: Toolchain) -> Program:
    with tempfile.TemporaryDirectory(prefix="tinypareto-") as folder:
        return read_program(toolchain.build(files, board, Path(folder)))


def _runnable(
    program: Program, files: Mapping[str, str], board: Board, toolchain: Toolchain
) -> Program:
    """The program itself, or linked for the memory of the emulator's machine."""
    origins = board.flash_origin, board.ram_origin
    flash, ram = core(board.core).backend.origins(*origins)
    if (flash, ram) == origins:
        return program
    return _build(files, replace(board, flash_origin=flash, ram_origin=ram), toolchain)


def _measurement(program: Program, stack: int | None, run: ChipRun | None) -> ChipMeasurement:
    ram = RamUse(program.arena_bytes, program.static_bytes, stack)
    return ChipMeasurement(program.flash, ram, run)


def _infer(emulator: Emulator, graph: Graph, case: NDArray[np.int8]) -> Run:
    offsets = plan(graph).offsets
    output = offsets[graph.output], prod(graph.shapes()[graph.output])
    return emulator.run(offsets[graph.input], case.tobytes(), output)


def _layers(graph: Graph, work: Mapping[str, Work], chip: Core) -> tuple[LayerRun, ...]:
    """One row for each node, then one for what `main` does around them."""
    rows = [
        (cost.layer, cost.kind, cost.macs, work[f"{LAYER}{index}"])
        for index, cost in enumerate(layer_costs(graph))
    ]
    rows.append(("(call)", "main", 0, work["main"]))
    return tuple(
        LayerRun(layer, kind, int(macs), done.instructions, _cycles(chip, done))
        for layer, kind, macs, done in rows
    )


def _cycles(chip: Core, work: Work) -> float | None:
    if chip.timing is None or work.words is None or work.jumps is None:
        return None
    return chip.timing.cycles(work.instructions, work.words, work.jumps)
