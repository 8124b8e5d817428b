"""Which level of optimization to compile with: code bytes against instructions, and seconds.

Run: python benchmarks/chip_flags.py > benchmarks/results/chip_flags.md
"""

import platform
import tempfile
import time
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np
import torch

from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.network import Network
from tinypareto.graph.cost import macs
from tinypareto.graph.memory.plan import plan
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.targets.boards import Board, board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import read_program
from tinypareto.targets.toolchain import find_toolchain

BOARDS = ("raspberry-pi-pico", "nucleo-l4r5", "stm32f746g-disco", "b-u585i-iot02a")
LEVELS = ("-Os", "-O1", "-O2", "-O3")
CLASSES = tuple("abcdefghij")


def network() -> Network:
    """A DS-CNN for 32 x 32 colour images, random weights from seed 0."""
    settings = find("dscnn").complete({"width": 48})
    spec = NetSpec("dscnn", settings, (3, 32, 32), len(CLASSES))
    return LinkedProgramProfiler(CLASSES, board(BOARDS[0])).untrained(spec, {})


def row(net: Network, where: Board, toolchain: str, level: str) -> str:
    """One line of the table."""
    graph, files, offsets = net.graph, net.c_files(), plan(net.graph).offsets
    compiler = find_toolchain(toolchain)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        program = read_program(compiler.build(files, where, Path(folder), level))
        built = time.perf_counter() - start
    start = time.perf_counter()
    x = np.zeros(graph.input_shape, np.int8).tobytes()
    output = offsets[graph.output], prod(graph.shapes()[graph.output])
    run = core(where.core).load(program).run(offsets[graph.input], x, output)
    ran = time.perf_counter() - start
    count = sum(work.instructions for work in run.work.values())
    cells = where.core, toolchain, level, program.flash.code, count, f"{count / macs(graph):.3f}"
    return f"| {' | '.join(map(str, cells))} | {built:.2f} | {ran:.2f} |"


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    net = network()
    names = "ziglang", "unicorn", "tinypareto"
    print("# Levels of optimization\n")
    print("Command: python benchmarks/chip_flags.py > benchmarks/results/chip_flags.md\n")
    print(", ".join(f"{name} {version(name)}" for name in names), "on", platform.machine())
    print(f"\nDS-CNN, width 48, 32 x 32 x 3, random weights, {macs(net.graph)} MACs; on a machine")
    print("that does other work too, so the seconds are upper bounds.\n")
    print("| core | toolchain | level | code bytes | instructions | per MAC | build s | run s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in BOARDS:
        for toolchain in ("zig", "gcc"):
            for level in LEVELS:
                print(row(net, board(name), toolchain, level), flush=True)


if __name__ == "__main__":
    main()
