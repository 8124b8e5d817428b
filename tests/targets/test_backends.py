"""Backends: compiler flags, decoders, and what a new core takes."""

import numpy as np
import pytest
from integer_networks import info_for, random_inputs, random_network

from tinypareto.codegen import emit
from tinypareto.errors import ConfigError, ToolchainError
from tinypareto.graph import interpreter
from tinypareto.targets.backend import Core
from tinypareto.targets.backends import riscv, thumb
from tinypareto.targets.backends.unicorn_arm import UnicornArm
from tinypareto.targets.boards import BOARDS, board
from tinypareto.targets.cores import CORES, core
from tinypareto.targets.measure import measure
from tinypareto.targets.toolchain import CHIP, find_toolchain

FLAGS = {
    "cortex-m0plus": "thumbv6m-none-eabi -mcpu=cortex-m0plus -mthumb -mfloat-abi=soft",
    "cortex-m3": "thumbv7m-none-eabi -mcpu=cortex-m3 -mthumb -mfloat-abi=soft",
    "cortex-m4": "thumbv7em-none-eabi -mcpu=cortex-m4 -mthumb -mfloat-abi=soft",
    "cortex-m7": "thumbv7em-none-eabi -mcpu=cortex-m7 -mthumb -mfloat-abi=soft",
    "cortex-m33": "thumbv8m.main-none-eabi -mcpu=cortex-m33 -mthumb -mfloat-abi=soft",
    "cortex-m55": "thumbv8.1m.main-none-eabihf -mcpu=cortex-m55 -mthumb -mfloat-abi=hard",
    "rv32imc": "riscv32-none-elf -march=rv32imc -mabi=ilp32",
}


@pytest.mark.parametrize("name", CORES)
def test_compiler_flags(name: str) -> None:
    chip = core(name)
    assert [chip.backend.target(chip), *chip.backend.flags(chip)] == FLAGS[name].split()


@pytest.mark.parametrize("name", CORES)
def test_every_core_has_a_board_and_start_up_code(name: str) -> None:
    assert (CHIP / core(name).backend.start_up).is_file()
    assert name in {entry.core for entry in BOARDS.values()}
    assert "\n" not in core(name).missing


def decoded(module: object, code: str) -> list[int]:
    data = bytes.fromhex(code)
    ran = np.ones(len(data) // 2, np.int64)
    return list(module.instruction_words(data, ran))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("13050500", [0, -1]),  # addi a0, a0, 0
        ("83250500", [1, -1]),  # lw a1, 0(a0)
        ("0300b500", [1, -1]),  # lb zero, 11(a0)
        ("2320b500", [1, -1]),  # sw a1, 0(a0)
        ("3305b502", [0, -1]),  # mul a0, a0, a1
        ("0841", [1]),  # c.lw a0, 0(a0)
        ("08c1", [1]),  # c.sw a0, 0(a0)
        ("0245", [1]),  # c.lwsp a0, 0(sp)
        ("2ac0", [1]),  # c.swsp a0, 0(sp)
        ("0145", [0]),  # c.li a0, 0
        ("8280", [0]),  # c.jr ra
        ("0841832505008280", [1, 1, -1, 0]),
    ],
)
def test_riscv_instructions(code: str, words: list[int]) -> None:
    assert decoded(riscv, code) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0860", [1]),  # str r0, [r1]
        ("f0b5", [5]),  # push {r4-r7, lr}
        ("0fc8", [4]),  # ldm r0!, {r0-r3}
        ("1046", [0]),  # mov r0, r2
        ("d0e90023", [2, -1]),  # ldrd r2, r3, [r0]
        ("2de9f04f", [9, -1]),  # push {r4-r11, lr}
        ("90f80010", [1, -1]),  # ldrb r1, [r0]
        ("90f800f0", [0, -1]),  # pld [r0]
    ],
)
def test_thumb_instructions(code: str, words: list[int]) -> None:
    assert decoded(thumb, code) == words


def test_what_did_not_run_has_no_instructions() -> None:
    ran = np.array([0, 1, 1, 0])
    assert list(riscv.instruction_words(bytes.fromhex("0841832505008280"), ran)) == [-1, 1, -1, -1]


@pytest.mark.device
def test_a_core_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Cortex-M23 executes a subset of the M33's instructions."""
    m23 = Core("cortex-m23", UnicornArm(), "v8m.base", "UC_CPU_ARM_CORTEX_M33")
    monkeypatch.setitem(CORES, "cortex-m23", m23)
    own = {"name": "ek-ra2a1", "core": "cortex-m23", "flash": "256 KB", "ram": "32 KB"}
    from tinypareto.targets.boards import find_board

    graph = random_network(2)
    x = random_inputs(graph, 2, 0)
    where = find_board({**own, "clock": "48 MHz"})
    try:
        compiler = find_toolchain("zig")
    except ToolchainError as absent:
        pytest.skip(str(absent))
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    run = measure(graph, emit(graph, info_for(graph)), where, compiler, x).run
    assert run is not None
    assert run.outputs.tobytes() == interpreter.run(graph, x).tobytes()
    assert run.instructions > 0
    assert run.cycles is None


def test_gcc_that_a_backend_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match="toolchain gcc: is not supported for rv32imc; use zig"):
        find_toolchain("gcc", board("esp32-c3"))
