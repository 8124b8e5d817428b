"""Instructions of the generated kernels on an emulated core, beside CMSIS-NN's; see --help.

    OMP_NUM_THREADS=1 python -m benchmarks.kernels --cmsis-nn PATH

Writes benchmarks/results/kernels_m4.csv and .md. PATH is your copy of CMSIS-NN; without it, its
columns stay empty. Ours is built by clang -O2, CMSIS-NN by gcc and clang -O3, rounding once or
twice, and the fewest instructions count. Counts are exact and repeatable. Every output is compared
with the interpreter's: all bytes must be equal, but for CMSIS-NN's when it rounds twice.
"""

import argparse
import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np
from benchmarks import cmsis_nn
from benchmarks.kernel_cases import KERNELS, NETWORKS

from tinypareto.codegen import ModelInfo, emit
from tinypareto.graph import interpreter
from tinypareto.graph.cost import macs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import peak_bytes, plan
from tinypareto.targets.boards import Board, board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import read_program
from tinypareto.targets.toolchain import find_toolchain

BOARDS = {"m4": board("nucleo-l4r5"), "m0plus": board("raspberry-pi-pico")}
RESULTS = Path(__file__).parent / "results"
SAMPLES = 2
FIELDS = ("case", "macs", "portable", "dsp", "cmsis_nn", "aim", "code", "stack", "arena", "peak")

Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Count:
    """Counts of one build: instructions per inference, bytes of code with start-up, of stack."""

    instructions: int
    code: int
    stack: int


def measure(
    graph: Graph, files: Mapping[str, str], where: Board, compiler: str, level: str, off: int
) -> Count:
    """Build, run and compare; outputs may be `off` steps off."""
    rng = np.random.default_rng(1)
    x = rng.integers(-128, 128, (SAMPLES, *graph.input_shape)).astype(np.int8)
    made = plan(graph)
    place = made.offsets[graph.output], prod(graph.shapes()[graph.output])
    with tempfile.TemporaryDirectory() as folder:
        program = read_program(find_toolchain(compiler).build(files, where, Path(folder), level))
    chip = core(where.core).load(program)
    for sample, wanted in zip(x, interpreter.run(graph, x), strict=True):
        run = chip.run(made.offsets[graph.input], sample.tobytes(), place)
        error = np.abs(np.frombuffer(run.output, np.int8).astype(int) - wanted).max()
        if error > off:
            raise SystemExit(f"{compiler} {level}: an output is {error} steps off")
    total = sum(work.instructions for work in run.work.values())
    return Count(total, program.flash.code, chip.stack_bytes())


def ours(graph: Graph, where: Board, portable: bool = False) -> Count:
    """The generated C."""
    channels = graph.input_shape[2]
    files = dict(emit(graph, ModelInfo("net", (), (1.0,) * channels, (0.0,) * channels)))
    if portable:
        files["model.c"] = "#define TP_PORTABLE\n" + files["model.c"]
    return measure(graph, files, where, "zig", "-O2", 0)


def theirs(graph: Graph, where: Board, folder: Path) -> int:
    """Fewest instructions of CMSIS-NN.

    On the M0+ it needs 64-bit products, which only gcc brings a library for.
    """
    return min(
        measure(
            graph, cmsis_nn.layer(graph, folder, single), where, compiler, "-O3", int(not single)
        ).instructions
        for compiler in (("gcc",) if where.core == "cortex-m0plus" else ("zig", "gcc"))
        for single in (True, False)
    )


def row(name: str, graph: Graph, where: Board, aim: float | str, folder: Path | None) -> Row:
    """Everything about one graph; instructions per multiply-accumulate."""
    work = macs(graph)
    portable, fast = ours(graph, where, True), ours(graph, where)
    other = round(theirs(graph, where, folder) / work, 3) if folder else ""
    return {
        "case": name,
        "macs": work,
        "portable": round(portable.instructions / work, 3),
        "dsp": round(fast.instructions / work, 3),
        "cmsis_nn": other,
        "aim": aim,
        "code": fast.code,
        "stack": fast.stack,
        "arena": plan(graph).arena_bytes,
        "peak": int(peak_bytes(graph)),
    }


def table(rows: list[Row], name: str, folder: Path | None) -> str:
    """The Markdown of all rows."""
    lines = [
        "| case | MMAC | portable | ours | CMSIS-NN | ours / CMSIS-NN | aim | code | stack "
        "| arena | ideal peak |",
        "|" + "---|" * 11,
    ]
    for r in rows:
        share = f"{float(r['dsp']) / float(r['cmsis_nn']):.2f}" if r["cmsis_nn"] else ""
        cells = [r["case"], f"{int(r['macs']) / 1e6:.3f}", r["portable"], r["dsp"]]
        cells += [r["cmsis_nn"], share, r["aim"], r["code"], r["stack"], r["arena"], r["peak"]]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    packages = ("tinypareto", "ziglang", "unicorn", "pyelftools")
    versions = " ".join(f"{package}={version(package)}" for package in packages)
    where = BOARDS[name]
    return "\n".join(
        [
            f"# Kernels on an emulated {where.core}: instructions per multiply-accumulate",
            "",
            "`portable` is the C99 path, `ours` what the preprocessor chooses for this core. Code "
            "(with start-up code), stack, arena and peak are bytes of `ours`. The aim of a layer "
            "is its share of CMSIS-NN's instructions, that of a network instructions per "
            "multiply-accumulate. All outputs equal the interpreter's.",
            "",
            *lines,
            "",
            f"Command: `{COMMAND} --core {name}{' --cmsis-nn PATH' if folder else ''}`",
            "",
            f"Versions: {versions}" + (f", CMSIS-NN {cmsis_nn.release(folder)}" if folder else ""),
            "",
        ]
    )


COMMAND = "OMP_NUM_THREADS=1 python -m benchmarks.kernels"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmsis-nn", type=Path, help="folder with its Include and Source")
    parser.add_argument("--core", choices=BOARDS, default="m4")
    given = parser.parse_args()
    where, rows = BOARDS[given.core], []
    for name, (make, share) in KERNELS.items():
        aim = share if given.core == "m4" else 1.0
        rows.append(row(name, make(), where, aim, given.cmsis_nn))
        print(rows[-1], flush=True)
    for name, build in NETWORKS.items():
        rows.append(row(name, build(), where, 1.7 if given.core == "m4" else "", None))
        print(rows[-1], flush=True)
    path = RESULTS / f"kernels_{given.core}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    path.with_suffix(".md").write_text(table(rows, given.core, given.cmsis_nn))


if __name__ == "__main__":
    main()
