"""int8 models of other tools on a board, beside the model's own runtime.

    python benchmarks/imported_models.py kws_ref_model.tflite=KWS.npz ad01_int8.tflite ...

A model gets 64 random inputs, or the cases of the data set named after it: (cases, channels,
length) of integers, which go into the model as (length, channels). Sizes, instructions and
estimated times are those of the linked program, which runs one random input in emulation.
"""

import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import emit
from tinypareto.deploy.imported import COMPARED, ImportedNetwork, import_network
from tinypareto.deploy.on_board import on_board
from tinypareto.deploy.selection import random_inputs
from tinypareto.graph.agreement import Agreement
from tinypareto.targets.boards import board
from tinypareto.targets.toolchain import find_toolchain

BOARD = "nucleo-l4r5"
RESULT = Path(__file__).parent / "results" / "imported_models.md"
COLUMNS = (
    *("model", "inputs", "default kernels", "reference kernels", "the two kinds", "layers"),
    *("Flash", "RAM", "arena", "MACs", "instructions", "ms"),
)


def inputs(network: ImportedNetwork, data: str) -> tuple[NDArray[np.int8], str]:
    """Quantized inputs, and their origin in words."""
    if not data:
        return random_inputs(network.graph, COMPARED), f"{COMPARED} random"
    with np.load(data) as arrays:
        cases = np.concatenate([arrays["X_train"], arrays["X_test"]])
    x = np.moveaxis(cases, 1, -1).astype(np.int8)
    return x.reshape(len(x), *network.graph.input_shape), f"{len(x)} of {Path(data).stem}"


def agreed(found: Agreement) -> str:
    """How many outputs and classes differ."""
    share, classes = found.different / found.outputs, found.cases - found.same_class
    return f"{share:.2%}, by at most {found.largest}; {classes} classes"


def row(argument: str) -> str:
    """One model."""
    path, _, data = argument.partition("=")
    network = import_network(Path(path))
    x, origin = inputs(network, data)
    agreements, wrong = network.run(x)
    files, where = emit(network.graph, network.info()), board(BOARD)
    one = random_inputs(network.graph, 1), "random"
    chip = on_board(network.graph, files, one, where, find_toolchain("zig", where), path)
    done = chip.measurement
    assert not chip.mismatches
    assert done.run
    assert done.run.cycles
    cells = [
        Path(path).stem,
        origin,
        *map(agreed, agreements.values()),
        f"`{wrong}`" if wrong else "all within 1 step",
        *(f"{n:,}" for n in (done.flash.total, done.ram.total, done.ram.arena)),
        *(f"{n:,}" for n in (done.run.macs, done.run.instructions)),
        f"{1000 * done.run.cycles / where.clock_hz:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Measure all models and write the table."""
    names = " ".join("=".join(Path(part).name for part in a.split("=")) for a in arguments)
    packages = ("tinypareto", "ai-edge-litert", "numpy", "ziglang", "unicorn")
    head = [
        "# Models of other tools, beside their own runtime",
        "",
        f"`python benchmarks/imported_models.py {names}`; "
        + ", ".join(f"{package} {version(package)}" for package in packages)
        + f"; {platform.machine()}",
        "",
        "Outputs beside LiteRT's default (XNNPACK) and reference kernels: share that differs, by "
        "how many int8 steps at most, and classes that differ. *The two kinds*: the same between "
        "LiteRT's own two. *Layers*: each layer beside the reference kernels on the same inputs. "
        f"Flash, RAM, arena in bytes, instructions and estimated time: {BOARD}, compiled by zig.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|" + "---|" * len(COLUMNS),
    ]
    RESULT.write_text("\n".join([*head, *map(row, arguments)]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
