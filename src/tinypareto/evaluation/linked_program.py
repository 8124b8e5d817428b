"""Sizes and latency of the program that a board would hold, code and stack included."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ToolchainError
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.frontend.trace import trace
from tinypareto.graph.cost import flops
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.prune import rebuild
from tinypareto.resources import Resources
from tinypareto.targets.boards import Board, BoardReference, find_board
from tinypareto.targets.cores import core
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import find_toolchain
from tinypareto.tasks.task import DEFAULT


@dataclass(frozen=True)
class LinkedProgramProfiler:
    """Compiles and emulates the networks of one search for its board.

    Attributes:
        class_names: Names of the data set's classes.
        board: The board of the search.
        toolchain: "zig" or "gcc".
        task: Key in `tinypareto.tasks.registry.TASKS`.
    """

    class_names: tuple[str, ...]
    board: Board
    toolchain: str = "zig"
    task: str = DEFAULT

    @classmethod
    def for_board(cls, dataset: Dataset, board: BoardReference) -> "LinkedProgramProfiler":
        """Make a profiler, and check that all tools are installed.

        Raises:
            ConfigError: The board is unknown.
            ToolchainError: The compiler is not installed; or the emulator is not, although a
                search emulates the board's core.
        """
        found = find_board(board)
        profiler = cls(dataset.class_names, found, task=dataset.task)
        find_toolchain(profiler.toolchain, found)
        chip = core(found.core)
        if chip.for_search and chip.missing:
            raise ToolchainError(chip.missing)
        return profiler

    def measured(self, network: Network) -> Resources:
        """Flash, RAM and latency of the linked program, and FLOPs.

        Stack and latency come from one emulated inference; they are left out on a core that a
        search does not emulate.

        Raises:
            ToolchainError: The compiler refused, or the program faults.
        """
        return self.used(network, self.program(network))

    def used(self, network: Network, program: ChipMeasurement) -> Resources:
        """Resources of a network, from its program as `program` measured it."""
        cycles = program.run.cycles if program.run else None
        return Resources(
            program.flash.total,
            program.ram.total,
            int(flops(network.graph)),
            None if cycles is None else self.ms(cycles),
        )

    def program(self, network: Network) -> ChipMeasurement:
        """Sizes and emulated work of the linked program; see `measured`."""
        graph = network.graph
        # The number of instructions does not depend on the data.
        x = np.zeros((1, *graph.input_shape), np.int8) if core(self.board.core).for_search else None
        compiler = find_toolchain(self.toolchain, self.board)
        return measure(graph, network.c_files(), self.board, compiler, x)

    def ms(self, cycles: float) -> float:
        """Milliseconds at the board's clock."""
        return 1000 * cycles / self.board.clock_hz

    def resources(self, spec: NetSpec, channels: Mapping[str, int]) -> Resources:
        """Resources before training, from the program with random weights.

        Args:
            spec: The unpruned network.
            channels: Number of filters by prunable layer.
        """
        return self.measured(self.untrained(spec, channels))

    def untrained(self, spec: NetSpec, channels: Mapping[str, int]) -> Network:
        """The network with random weights and plausible activation ranges, always the same ones."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            module = rebuild(spec, channels).eval()
        graph: Graph = lower(*trace(module, spec.input_shape), spec.input_shape)
        inputs = spec.input_shape[0]
        return Network(
            Recipe(
                net=spec.name,
                net_settings=spec.options,
                input_shape=spec.input_shape,
                class_names=self.class_names,
                channels=channels,
                mean=(0.0,) * inputs,
                std=(1.0,) * inputs,
                ranges=_plausible_ranges(graph),
                task=self.task,
            ),
            module,
        )


def _plausible_ranges(graph: Graph) -> dict[str, tuple[float, float]]:
    """Activation ranges like those after training: outputs of a ReLU start at zero.

    All are different, because the profiler would merge lookup tables that are equal.
    """
    widths = {name: 1.0 + index / 64 for index, name in enumerate(graph.shapes())}
    bounded = (node for node in graph.nodes if getattr(node.op, "activation", "none") != "none")
    ranges = {name: (-width, width) for name, width in widths.items()}
    return ranges | {node.name: (0.0, widths[node.name]) for node in bounded}
