"""CPU seconds that measuring one candidate takes, step by step; see docs/on-the-chip.md.

Run: python -m benchmarks.measuring > benchmarks/results/measuring.md

The network is made with random weights, its C is written, compiled, linked, emulated once and
compared with nothing: what a search for a board does before it trains. CPU time of this process
and of the compiler, so that other work on the machine does not count; the fastest of three.
"""

import resource
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.targets.boards import board
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import find_toolchain

BOARDS = ("raspberry-pi-pico", "nucleo-l4r5", "stm32f746g-disco", "b-u585i-iot02a")
NETS = {"dscnn": {"width": 36}, "resnet8": {}, "mobilenetv3": {}}
CLASSES = tuple("abcdefghij")
REPEATS = 3
T = TypeVar("T")


def cpu_seconds() -> float:
    """Read the CPU seconds of this process and of its children that have ended."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result."""
    start = cpu_seconds()
    made = function()
    return cpu_seconds() - start, made


def row(net: str, where: str) -> str:
    """One line of the table: the repetition with the least total."""
    spec = NetSpec(net, find(net).complete(NETS[net]), (3, 32, 32), len(CLASSES))
    profiler = LinkedProgramProfiler(CLASSES, board(where))
    total, *parts, done = min(
        (once(profiler, spec) for _ in range(REPEATS)), key=lambda row: row[0]
    )
    assert done.run
    millions = [f"{count / 1e6:.1f}" for count in (done.run.macs, done.run.instructions)]
    seconds = [f"{part:.2f}" for part in (*parts, total)]
    return f"| {' | '.join([net, profiler.board.core, *millions, *seconds])} |"


def once(
    profiler: LinkedProgramProfiler, spec: NetSpec
) -> tuple[float, float, float, float, float, ChipMeasurement]:
    """Seconds in all, then of the steps; and what came out."""
    made, network = timed(lambda: profiler.untrained(spec, {}))
    wrote, files = timed(network.c_files)
    graph, compiler = network.graph, find_toolchain(profiler.toolchain)
    with tempfile.TemporaryDirectory() as folder:
        built, _elf = timed(lambda: compiler.build(files, profiler.board, Path(folder)))
    x = np.zeros((1, *graph.input_shape), np.int8)
    whole, done = timed(lambda: measure(graph, files, profiler.board, compiler, x))
    return made + wrote + whole, made, wrote, built, whole - built, done


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    names = "tinypareto", "ziglang", "unicorn"
    print("# What measuring a candidate costs\n")
    print("Command: python -m benchmarks.measuring > benchmarks/results/measuring.md\n")
    print(", ".join(f"{name} {version(name)}" for name in names) + "\n")
    print("CPU seconds, random weights, 3 x 32 x 32 inputs; the aim is 2 s for 10 MMAC.\n")
    print("| network | core | MMAC | M instructions | make | write C | build | emulate | total |")
    print("|---|---|---|---|---|---|---|---|---|")
    for net in NETS:
        for where in BOARDS:
            print(row(net, where), flush=True)


if __name__ == "__main__":
    main()
