"""Instructions of poolings for each value that they look at, as `tinypareto verify` builds them.

Run: python -m benchmarks.pools > benchmarks/results/pools.md
"""

from importlib.metadata import version
from math import prod

import numpy as np
from benchmarks.kernel_cases import quantized
from torch import nn

from tinypareto.codegen import ModelInfo, emit
from tinypareto.targets.boards import board
from tinypareto.targets.measure import measure
from tinypareto.targets.toolchain import NAMES, find_toolchain

CHANNELS, SIDE = 32, 16
CASES: dict[str, tuple[nn.Module, int]] = {
    "average 2x2": (nn.AvgPool2d(2), 4),
    "average 3x3, stride 1, padding 1": (nn.AvgPool2d(3, 1, 1), 9),
    "max 2x2": (nn.MaxPool2d(2), 4),
    "max 3x3, stride 2, padding 1": (nn.MaxPool2d(3, 2, 1), 9),
    "global average": (nn.AdaptiveAvgPool2d(1), SIDE * SIDE),
}
BOARDS = ("nucleo-l4r5", "raspberry-pi-pico")


def row(name: str) -> str:
    """One line of the table."""
    layer, area = CASES[name]
    graph = quantized(nn.Sequential(layer), (CHANNELS, SIDE, SIDE))
    files = emit(graph, ModelInfo("net", (), (1.0,) * CHANNELS, (0.0,) * CHANNELS))
    looks, cells = prod(graph.shapes()[graph.output]) * area, [name]
    x = np.zeros((1, *graph.input_shape), np.int8)
    for where in BOARDS:
        for compiler in NAMES:
            run = measure(graph, files, board(where), find_toolchain(compiler), x).run
            assert run
            cells.append(f"{run.instructions / looks:.2f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    heads = [f"{board(where).core}, {compiler}" for where in BOARDS for compiler in NAMES]
    print("# Instructions of poolings for each value of a window\n")
    print("Command: python -m benchmarks.pools > benchmarks/results/pools.md\n")
    print(", ".join(f"{name} {version(name)}" for name in ("tinypareto", "ziglang", "unicorn")))
    print(f"\nImages of {SIDE} x {SIDE} x {CHANNELS}.\n")
    print(f"| pooling | {' | '.join(heads)} |\n|{'---|' * (1 + len(heads))}")
    for name in CASES:
        print(row(name), flush=True)


if __name__ == "__main__":
    main()
