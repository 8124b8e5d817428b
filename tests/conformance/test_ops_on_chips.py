"""Every operator on emulated chips: with the DSP extension where the core has it, and without."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from op_cases import CASES, Case, case

from tinypareto.errors import ToolchainError
from tinypareto.graph.op import CNodeContext, Op
from tinypareto.graph.ops import OPS, channel_plane
from tinypareto.graph.ops.common import COMMON
from tinypareto.targets.boards import board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import read_program
from tinypareto.targets.toolchain import find_toolchain

BOARDS = (
    "nucleo-l4r5",
    "stm32f746g-disco",
    "b-u585i-iot02a",
    "raspberry-pi-pico",
    "esp32-c3",
    "corstone-300",
)
GAP = 64
"""Bytes around every tensor that must stay as they are."""


class Memory:
    """The arena before and after the run."""

    def __init__(self) -> None:
        self.parts: list[NDArray[np.int8]] = []
        self.wanted: list[NDArray[np.int8]] = []
        self.used = 0

    def place(self, before: NDArray[np.int8], after: NDArray[np.int8]) -> str:
        """Pointer to a tensor."""
        rng = np.random.default_rng(self.used)
        # Any address: the kernels must not rely on alignment.
        gap = rng.integers(-128, 128, GAP + int(rng.integers(4))).astype(np.int8)
        self.parts += [gap, before.ravel()]
        self.wanted += [gap, after.ravel()]
        self.used += gap.size + before.size
        return f"arena + {self.used - before.size}"


def c_case(number: int, made: Case, memory: Memory) -> tuple[str, str]:
    """A function, and its call for each of the batch; odd cases in place where allowed."""
    shape, results = made.op.output_shape(*made.shapes), made.run()
    constants, names = made.c_arrays(f"case_{number}")
    inputs = [f"input_{i}" for i in range(len(made.shapes))]
    in_place = made.op.inplace and number % 2
    work = made.op.workspace_bytes(*made.shapes)
    context = CNodeContext(
        inputs,
        inputs[0] if in_place else "output",
        names,
        made.scalars,
        made.shapes,
        shape,
        f"workspace_{number} + 1" if work else "",
    )
    constants += f"static int8_t workspace_{number}[{work + 1}];\n" if work else ""
    arguments = ", ".join(f"int8_t *{name}" for name in (*inputs, "output"))
    function = f"__attribute__((noinline)) static void case_{number}({arguments})"
    calls = ""
    for i, result in enumerate(results):
        given = [x[i] for x in made.inputs]
        after = [result, *given[1:]] if in_place else given
        places = [memory.place(x, y) for x, y in zip(given, after, strict=True)]
        output = "0" if in_place else memory.place(np.zeros_like(result), result)
        calls += f"    case_{number}({', '.join((*places, output))});\n"
    ignored = "    (void)output;\n" if in_place else ""
    return f"{constants}{function}\n{{\n{ignored}    {made.op.c_call(context)}\n}}\n", calls


def program(op: type[Op], memory: Memory) -> Mapping[str, str]:
    """Files that run every case once, in one arena."""
    parts = [c_case(seed, case(op, seed), memory) for seed in range(CASES)]
    functions, calls = ("".join(texts) for texts in zip(*parts, strict=True))
    header = f"#include <stdint.h>\n#define MODEL_ARENA_BYTES {memory.used}\n"
    return {
        "model.h": header + "void model_run(int8_t *arena);\n",
        "model.c": f'#include "model.h"\n{COMMON}{op.kernel}{functions}'
        f"void model_run(int8_t *arena)\n{{\n{calls}}}\n",
    }


@pytest.mark.device
@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
def test_emulated_c_equals_run_bit_for_bit(
    op: type[Op], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_plane, "SAMPLES", 60)
    try:
        toolchain = find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    chip = core(board(name).core)
    if chip.missing:
        pytest.skip(chip.missing)
    memory = Memory()
    files = program(op, memory)
    built = read_program(toolchain.build(files, board(name), tmp_path))
    given = np.concatenate(memory.parts).tobytes()
    with chip.load(built) as emulator:
        made = np.frombuffer(emulator.run(0, given, (0, len(given))).output, np.int8)
    wanted = np.concatenate(memory.wanted)
    assert np.flatnonzero(made != wanted).size == 0
