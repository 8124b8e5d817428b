"""What the program that a board would hold needs: code, stack and all, and its latency."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from tinypareto.data.dataset import Dataset
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.frontend.trace import trace
from tinypareto.graph.cost import flops
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.prune import rebuild
from tinypareto.resources import Resources
from tinypareto.targets.boards import Board, board
from tinypareto.targets.cores import core
from tinypareto.targets.emulator import check_emulation
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import find_toolchain
from tinypareto.tasks.task import DEFAULT


@dataclass(frozen=True)
class Linker:
    """Compiles networks of one search for its board.

    Attributes:
        spec: The unpruned network.
        class_names: Names of the data set's classes.
        board: Where the networks are to run.
        toolchain: "zig" or "gcc".
        task: Key in `tinypareto.tasks.registry.TASKS`.
    """

    spec: NetSpec
    class_names: tuple[str, ...]
    board: Board
    toolchain: str = "zig"
    task: str = DEFAULT

    @classmethod
    def of(cls, spec: NetSpec, dataset: Dataset, board_name: str) -> "Linker":
        """Check that all tools are there.

        Raises:
            ToolchainError: ziglang is not installed; or unicorn is not, and the board's core could
                be emulated.
        """
        where = board(board_name)
        made = cls(spec, dataset.class_names, where, task=dataset.task)
        find_toolchain(made.toolchain)
        if core(made.board.core).emulated:
            check_emulation(made.board.core)
        return made

    def measured(self, network: Network) -> Resources:
        """Flash, RAM and latency of the linked program, and FLOPs.

        Stack and latency are those of one emulated inference; on a core without emulator they are
        left out.

        Raises:
            ToolchainError: The compiler refused, or the program faults.
        """
        return self.used(network, self.program(network))

    def used(self, network: Network, made: ChipMeasurement) -> Resources:
        """What a network needs, from its program as `program` measured it."""
        cycles = made.run.cycles if made.run else None
        return Resources(
            made.flash.total,
            made.ram.total,
            int(flops(network.graph)),
            None if cycles is None else self.ms(cycles),
        )

    def program(self, network: Network) -> ChipMeasurement:
        """Sizes and emulated work of the linked program; see `measured`."""
        graph = network.graph
        x = np.zeros((1, *graph.input_shape), np.int8)
        emulated = core(self.board.core).emulated
        compiler = find_toolchain(self.toolchain)
        return measure(graph, network.c_files(), self.board, compiler, x if emulated else None)

    def ms(self, cycles: float) -> float:
        """Milliseconds at the board's clock."""
        return 1000 * cycles / self.board.clock_hz

    def resources(self, channels: Mapping[str, int]) -> Resources:
        """The same before training, from the program with random weights.

        Args:
            channels: Filters by prunable layer.
        """
        return self.measured(self.untrained(channels))

    def untrained(self, channels: Mapping[str, int]) -> Network:
        """The network with random weights, always the same, and made-up activation ranges."""
        spec = self.spec
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
                ranges=_made_up_ranges(graph),
                task=self.task,
            ),
            module,
        )


def _made_up_ranges(graph: Graph) -> dict[str, tuple[float, float]]:
    """As training leaves them where it counts: what a ReLU makes starts at zero.

    No two are the same, as equal lookup tables would be one in the linked program.
    """
    widths = {name: 1.0 + at / 64 for at, name in enumerate(graph.shapes())}
    bounded = (node for node in graph.nodes if getattr(node.op, "activation", "none") != "none")
    ranges = {name: (-width, width) for name, width in widths.items()}
    return ranges | {node.name: (0.0, widths[node.name]) for node in bounded}
