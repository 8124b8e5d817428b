"""Whole networks on an emulated Cortex-M4 beside other generators of C; see --help.

    python -m benchmarks.peers --onnx2c PROGRAM --emx-onnx-cgen PROGRAM

Writes benchmarks/results/peers.md. The programs are your own builds; without one, its rows are left
out. All get the same networks, random weights, one scale a layer (benchmarks/qlinear.py). Ours is
built as `tinypareto verify` does it; theirs by gcc -O2 and -O3 with the floating-point unit of the
chip and newlib, and the fewest instructions count. RAM is arena, other variables and stack. TFLite
Micro is quoted, not measured.
"""

import argparse
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np
from benchmarks.kernel_cases import WHOLE
from benchmarks.qlinear import one_scale, to_onnx
from numpy.typing import NDArray

from tinypareto.codegen import ModelInfo, emit
from tinypareto.graph import interpreter
from tinypareto.graph.cost import macs
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import peak_bytes, plan
from tinypareto.targets.boards import board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import Program, read_program
from tinypareto.targets.process import call
from tinypareto.targets.toolchain import find_toolchain

BOARD = board("nucleo-l4r5")
RESULTS = Path(__file__).parent / "results" / "peers.md"
SAMPLES = 3
LEVELS = ("-O2", "-O3")
FPU = ("-mfloat-abi=softfp", "-mfpu=fpv4-sp-d16")
QUOTED = {
    "person_detect": "| person_detect | TFLite Micro, CMSIS-NN (quoted) | 3.27 | 91500 | 82300 ||"
}
WRAPPER = """\
#include "peer.c"
#include "model.h"
void model_run(int8_t *arena) {{ {call}((const void *)arena, (void *)(arena + {inputs})); }}
"""
NOTHING = '#include "model.h"\nvoid model_run(int8_t *arena) { (void)arena; }\n'
HEADER = """\
#include <stdint.h>
#define MODEL_ARENA_BYTES {arena}
#define MODEL_SCRATCH_BYTES 2097152
void model_run(int8_t *arena);
"""


@dataclass(frozen=True)
class Row:
    """One program: instructions, bytes of code with start-up and library, of RAM; steps off."""

    name: str
    instructions: int
    code: int
    ram: int
    error: int

    def cells(self, network: str, graph: Graph) -> str:
        """A line of the table."""
        share = self.instructions / macs(graph)
        right = "right" if not self.error else f"off by up to {self.error} steps"
        peak = f"{int(peak_bytes(graph))}"
        cells = [network, self.name, f"{share:.2f}", self.code, self.ram, peak, right]
        return f"| {' | '.join(map(str, cells))} |"


def run(name: str, program: Program, graph: Graph, offsets: tuple[int, int], planar: bool) -> Row:
    """Emulate; `planar` programs have channels first."""
    x = np.random.default_rng(1).integers(-128, 128, (SAMPLES, *graph.input_shape)).astype(np.int8)
    chip = core(BOARD.core).load(program)
    shape, error = graph.shapes()[graph.output], 0
    for case, wanted in zip(x, interpreter.run(graph, x), strict=True):
        given = case.transpose(2, 0, 1) if planar else case
        done = chip.run(offsets[0], given.tobytes(), (offsets[1], prod(shape)))
        made = np.frombuffer(done.output, np.int8).astype(int)
        if planar:
            made = _channels_last(made, shape)
        error = max(error, int(np.abs(made - wanted).max()))
    instructions = sum(work.instructions for work in done.work.values())
    ram = program.arena_bytes + program.static_bytes + chip.stack_bytes()
    return Row(name, instructions, len(program.code[1]), ram, error)


def _channels_last(made: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int64]:
    height, width, channels = shape
    return made.reshape(channels, height, width).transpose(1, 2, 0).ravel()


def ours(graph: Graph, compiler: str) -> Row:
    """The generated C."""
    channels, places = graph.input_shape[2], plan(graph).offsets
    files = emit(graph, ModelInfo("net", (), (1.0,) * channels, (0.0,) * channels))
    with tempfile.TemporaryDirectory() as folder:
        program = read_program(find_toolchain(compiler).build(files, BOARD, Path(folder)))
    ends = places[graph.input], places[graph.output]
    return run(f"tinypareto, {compiler}", program, graph, ends, planar=False)


def theirs(graph: Graph, name: str, generator: Path) -> Row:
    """A peer's program, the level of optimization with the fewest instructions."""
    rows = []
    inputs = -(-prod(graph.input_shape) // 8) * 8
    for level in LEVELS:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            (folder / "net.onnx").write_bytes(to_onnx(graph))
            entry = _generate(name, generator, folder)
            arena = inputs + prod(graph.shapes()[graph.output])
            (folder / "model.h").write_text(HEADER.format(arena=arena))
            (folder / "model.c").write_text(WRAPPER.format(call=entry, inputs=inputs))
            program = read_program(_build(folder, level))
        rows.append(run(f"{name}, gcc {level}", program, graph, (0, inputs), planar=True))
    return min(rows, key=lambda row: row.instructions)


def _generate(name: str, generator: Path, folder: Path) -> str:
    """Write peer.c; the name of its function."""
    if name == "onnx2c":
        call(["sh", "-c", f"{generator} net.onnx > peer.c"], folder, name)
        return "entry"
    # On the stack rather than from malloc, so that they are counted.
    tensors = ["--large-temp-threshold", "100000000"]
    named = ["--model-name", "peer", "net.onnx", "peer.c"]
    call([str(generator), "compile", *tensors, *named], folder, name)
    return "peer"


def _build(folder: Path, level: str) -> Path:
    """Build with newlib, and otherwise as `Toolchain.build`, which writes the files around it."""
    find_toolchain("gcc").build({"nothing.c": NOTHING}, BOARD, folder)
    compiler = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"]
    flags = ["-std=gnu99", "-ffunction-sections", "-fdata-sections", "-include", "marks.h", "-w"]
    call([*compiler, *FPU, *flags, "-I.", level, "-c", "model.c", "main.c"], folder, "gcc")
    # The emulated unit is on from the start; a chip's start-up code would turn it on.
    call(
        [*compiler, "-mfloat-abi=soft", *flags, "-fno-builtin", "-c", "start_arm.c"], folder, "gcc"
    )
    libraries = ["-lm", "-lc", "-lgcc"]
    script = ["-nostartfiles", "-nodefaultlibs", "-Wl,--gc-sections"]
    objects = ["model.o", "main.o", "start_arm.o"]
    call(
        [*compiler, *FPU, *script, "-T", "link.ld", "-o", "peer.elf", *objects, *libraries],
        folder,
        "gcc",
    )
    return folder / "peer.elf"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx2c", type=Path)
    parser.add_argument("--emx-onnx-cgen", type=Path)
    given = parser.parse_args()
    peers = {"onnx2c": given.onnx2c, "emx-onnx-cgen": given.emx_onnx_cgen}
    lines = [
        "| network | program | instructions / MAC | code | RAM | ideal peak | outputs |",
        "|" + "---|" * 7,
    ]
    for name, make in WHOLE.items():
        graph = one_scale(make())
        rows = [ours(graph, compiler) for compiler in ("zig", "gcc")]
        rows += [theirs(graph, peer, path.resolve()) for peer, path in peers.items() if path]
        lines += [row.cells(name, graph) for row in rows]
        lines += [QUOTED[name]] if name in QUOTED else []
        print("\n".join(row.cells(name, graph) for row in rows), flush=True)
    RESULTS.write_text("\n".join([*_heading(), *lines, ""]))


def _heading() -> list[str]:
    packages = ("tinypareto", "ziglang", "unicorn", "onnx")
    return [
        f"# Whole networks on an emulated {BOARD.core}",
        "",
        "Command: `python -m benchmarks.peers --onnx2c PROGRAM --emx-onnx-cgen PROGRAM`",
        "",
        " ".join(f"{package}={version(package)}" for package in packages),
        "",
        "Code is all instructions of the program, with start-up code and, for the others, newlib's "
        "functions. RAM is the arena, other variables and the stack; the ideal peak is that of "
        "live tensors alone. All in bytes. Outputs are compared with the integer network's: "
        "another rounding of each layer may be off by a few steps, a missing saturation by up to "
        "255. Quoted: figures of TFLite Micro as users report them, RAM being its arena alone.",
        "",
    ]


if __name__ == "__main__":
    main()
