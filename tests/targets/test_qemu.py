"""The same programs in QEMU: another emulator must give the same outputs and counts."""

import shutil
from dataclasses import replace
from math import prod
from pathlib import Path

import pytest
from integer_networks import info_for, random_inputs, random_network

from tinypareto.codegen import emit
from tinypareto.errors import ToolchainError
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan
from tinypareto.targets.backends import gdb_remote, qemu_arm
from tinypareto.targets.backends.qemu_arm import COMMAND
from tinypareto.targets.backends.qemu_emulator import QemuEmulator
from tinypareto.targets.boards import Board, board
from tinypareto.targets.cores import core
from tinypareto.targets.elf import Program, read_program
from tinypareto.targets.measure import measure
from tinypareto.targets.toolchain import NAMES, find_toolchain

pytestmark = pytest.mark.device

needs_qemu = pytest.mark.skipif(not shutil.which(COMMAND), reason=f"{COMMAND} is not installed")


def on(name: str, flash: int, ram: int) -> Board:
    return replace(board("nrf52840-dk"), core=name, flash_origin=flash, ram_origin=ram)


MACHINES = {
    "mps2-an385": on("cortex-m3", 0, 0x20000000),
    "mps2-an386": on("cortex-m4", 0, 0x20000000),
    "mps2-an500": on("cortex-m7", 0, 0x20000000),
    "mps2-an505": on("cortex-m33", 0x10000000, 0x38000000),
}


def built(graph: Graph, on_board: Board, by: str, folder: Path) -> Program:
    try:
        return read_program(
            find_toolchain(by).build(emit(graph, info_for(graph)), on_board, folder)
        )
    except ToolchainError as missing:
        pytest.skip(str(missing))


def place(graph: Graph, tensor: str) -> tuple[int, int]:
    return plan(graph).offsets[tensor], prod(graph.shapes()[tensor])


@needs_qemu
@pytest.mark.parametrize("by", NAMES)
@pytest.mark.parametrize("machine", MACHINES)
def test_qemu_and_unicorn_agree(machine: str, by: str, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    graph = random_network(2)
    x = random_inputs(graph, 2, 0)
    program = built(graph, MACHINES[machine], by, tmp_path)
    ends = place(graph, graph.input)[0], place(graph, graph.output)
    counts = []
    for emulator in (
        QemuEmulator(program, COMMAND, machine),
        core(MACHINES[machine].core).load(program),
    ):
        with emulator:
            runs = [emulator.run(ends[0], case.tobytes(), ends[1]) for case in x]
            work = {name: work.instructions for name, work in runs[0].work.items()}
            counts.append((work, emulator.stack_bytes()))
        assert b"".join(run.output for run in runs) == interpreter.run(graph, x).tobytes()
    assert counts[0] == counts[1]


@needs_qemu
def test_a_board_with_other_addresses_runs_in_qemu() -> None:
    graph = random_network(2)
    own = replace(board("corstone-300"), flash_origin=0x08000000, ram_origin=0x30000000)
    files, x = emit(graph, info_for(graph)), random_inputs(graph, 1, 0)
    try:
        compiler = find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    run, reference = (
        measure(graph, files, b, compiler, x).run for b in (own, board("corstone-300"))
    )
    assert run is not None
    assert reference is not None
    assert run.outputs.tobytes() == interpreter.run(graph, x).tobytes()
    assert run.layers == reference.layers


@needs_qemu
def test_a_fault_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gdb_remote, "TIMEOUT_S", 5)
    graph = random_network(1)
    files = emit(graph, info_for(graph))
    wild = "(void)arena; __builtin_trap();"
    files["model.c"] = f'#include "model.h"\nvoid model_run(int8_t *arena) {{ {wild} }}\n'
    try:
        elf = find_toolchain("zig").build(files, board("corstone-300"), tmp_path)
    except ToolchainError as missing:
        pytest.skip(str(missing))
    with (
        core("cortex-m55").load(read_program(elf)) as emulator,
        pytest.raises(ToolchainError, match=r"^emulation: the emulator ended: .*$"),
    ):
        emulator.run(0, b"", (0, 1))


def test_without_qemu_sizes_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert core("cortex-m55").missing == qemu_arm.INSTALL
    assert not core("cortex-m55").for_search


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'warning: odd' >&2; echo 'qemu: unsupported machine' >&2; exit 1", "unsupported"),
        ("exit 0", "no answer"),
        ("printf '$E22#aa'; sleep 9", "refused"),
    ],
)
def test_a_broken_qemu_is_one_line(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = random_network(1)
    program = built(graph, board("corstone-300"), "zig", tmp_path)
    fake = tmp_path / COMMAND
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ToolchainError, match=said) as caught:
        core("cortex-m55").load(program)
    assert "\n" not in str(caught.value)
