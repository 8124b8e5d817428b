"""The same programs in QEMU: another emulator must give the same outputs and counts."""

import re
import shutil
import subprocess
import time
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest
from integer_networks import info_for, random_inputs, random_network

from tinypareto.codegen import emit
from tinypareto.errors import ToolchainError
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.boards import Board, board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import Program, read_program
from tinypareto.targets.emulator import Emulator
from tinypareto.targets.toolchain import NAMES, find_toolchain

pytestmark = pytest.mark.device

QEMU = shutil.which("qemu-system-arm")
DEADLINE_S = 30


def on(name: str, flash: int, ram: int) -> Board:
    return replace(board("nrf52840-dk"), core=name, flash_origin=flash, ram_origin=ram)


MACHINES = {
    "mps2-an385": on("cortex-m3", 0, 0x20000000),
    "mps2-an386": on("cortex-m4", 0, 0x20000000),
    "mps2-an500": on("cortex-m7", 0, 0x20000000),
    "mps2-an505": on("cortex-m33", 0x10000000, 0x38000000),
    "mps3-an547": on("cortex-m55", 0, 0x20000000),
}


def place(graph: Graph, tensor: str) -> tuple[int, int]:
    return plan(graph).offsets[tensor], prod(graph.shapes()[tensor])


def in_qemu(
    machine: str, elf: Path, program: Program, output: tuple[int, int]
) -> tuple[bytes, int]:
    """Output bytes and executed instructions from main to done, for an input of zeros."""
    start, code = program.code
    main, done = (program.symbols[name].address & ~1 for name in ("main", "done"))
    log, made = elf.with_suffix(".log"), elf.with_suffix(".out")
    command = [QEMU or "", "-M", machine, "-nographic", "-serial", "none", "-monitor", "stdio"]
    # One line an instruction, but not for the endless loop that follows main.
    wait = program.symbols["start"]
    quiet = (wait.address & ~1), (wait.address & ~1) + wait.size
    ranges = f"{start:#x}..{quiet[0] - 1:#x},{quiet[1]:#x}..{start + len(code) - 1:#x}"
    trace = ["-singlestep", "-d", "exec,nochain", "-dfilter", ranges, "-D", str(log)]
    with subprocess.Popen(
        [*command, *trace, "-kernel", str(elf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        addresses = _wait_for(log, done)
        address = program.symbols["arena"].address + output[0]
        process.communicate(f'memsave {address:#x} {output[1]} "{made}"\nquit\n', timeout=20)
    return made.read_bytes(), addresses.index(done) - addresses.index(main)


def _wait_for(log: Path, done: int) -> list[int]:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        text = log.read_text() if log.exists() else ""
        addresses = [int(pc, 16) for pc in re.findall(r"Trace \d+: \S+ \[\w+/(\w+)/", text)]
        if done in addresses:
            return addresses
        time.sleep(0.1)
    raise AssertionError("QEMU did not come to the end of main")


@pytest.mark.skipif(QEMU is None, reason="qemu-system-arm is not installed")
@pytest.mark.parametrize("by", NAMES)
@pytest.mark.parametrize("machine", MACHINES)
def test_qemu_agrees(machine: str, by: str, tmp_path: Path) -> None:
    where = MACHINES[machine]
    graph = random_network(2)
    x = np.zeros_like(random_inputs(graph, 1, 0))
    try:
        elf = find_toolchain(by).build(emit(graph, info_for(graph)), where, tmp_path)
    except ToolchainError as missing:
        pytest.skip(str(missing))
    program = read_program(elf)
    output = place(graph, graph.output)
    made, count = in_qemu(machine, elf, program, output)
    assert made == interpreter.run(graph, x).tobytes()
    if core(where.core).emulated is None:
        return
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    run = Emulator(program, core(where.core)).run(place(graph, graph.input)[0], x.tobytes(), output)
    assert run.output == made
    assert sum(work.instructions for work in run.work.values()) == count
