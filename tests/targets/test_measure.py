import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st
from integer_networks import example_network, info_for, made_up, random_inputs, random_network

from tinypareto.codegen import emit
from tinypareto.errors import ToolchainError
from tinypareto.graph import interpreter
from tinypareto.graph.cost import macs, scratch_bytes
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory.plan import plan
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.window import Window
from tinypareto.targets.backends import counter
from tinypareto.targets.boards import BOARDS, Board, board
from tinypareto.targets.cores import CORES, core
from tinypareto.targets.elf import read_program
from tinypareto.targets.measure import ChipMeasurement, measure
from tinypareto.targets.toolchain import NAMES, Toolchain, find_toolchain

pytestmark = pytest.mark.device

M4 = board("nucleo-l4r5")
ON_CORE = {entry.core: entry for entry in reversed(BOARDS.values())}
"""The first board of each core."""
EMULATED = [name for name, chip in CORES.items() if chip.model]


def toolchain(name: str = "zig") -> Toolchain:
    try:
        return find_toolchain(name)
    except ToolchainError as missing:
        pytest.skip(str(missing))


def needs_unicorn() -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")


def needs_emulator(name: str) -> None:
    if reason := core(name).missing:
        pytest.skip(reason)


def measured(graph: Graph, where: Board = M4, count: int = 2, by: str = "zig") -> ChipMeasurement:
    needs_emulator(where.core)
    x = random_inputs(graph, count, 0)
    made = measure(graph, emit(graph, info_for(graph)), where, toolchain(by), x)
    assert made.run is not None
    np.testing.assert_array_equal(made.run.outputs, interpreter.run(graph, x))
    return made


@pytest.mark.parametrize("name", EMULATED)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_emulated_c_equals_the_interpreter(name: str, seed: int) -> None:
    measured(random_network(seed), ON_CORE[name])


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
@pytest.mark.parametrize("name", EMULATED)
def test_every_operator_runs_on_every_core(op: type[Op], name: str) -> None:
    measured(example_network(op, 0), ON_CORE[name])


@pytest.mark.parametrize("name", ["cortex-m0plus", "cortex-m4"])
@settings(max_examples=5, deadline=None)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(2, 5)),
    channels=st.integers(90, 300),
    depthwise=st.booleans(),
    padding=st.integers(0, 1),
)
def test_large_windows_have_the_stack_that_they_need(
    name: str, kernel: tuple[int, int], channels: int, depthwise: bool, padding: int
) -> None:
    rng = np.random.default_rng(channels)
    window = Window(kernel, (1, 1), (padding,) * 4)
    # A depthwise convolution works in a band, which is as long as its rows are wide.
    shape = (5, channels, 2) if depthwise else (5, 5, channels)
    op = DepthwiseConv2d(window) if depthwise else Conv2d(window, 2)
    weight = (*kernel, 2) if depthwise else (2, *kernel, channels)
    arrays = {"weight": rng.normal(size=weight), "bias": rng.normal(size=2)}
    graph = made_up(Graph("x", shape, (Node("layer", op, ("x",), arrays),)), rng)
    used = measured(graph, ON_CORE[name], 1).ram.stack
    assert used is not None
    assert used <= scratch_bytes(graph) + 512


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
@pytest.mark.parametrize("name", ["cortex-m0plus", "cortex-m4", "cortex-m55", "rv32imc"])
def test_the_instructions_do_not_depend_on_the_data(
    op: type[Op], name: str, tmp_path: Path
) -> None:
    needs_emulator(name)
    graph, chip = example_network(op, 0), core(name)
    elf = toolchain().build(emit(graph, info_for(graph)), ON_CORE[name], tmp_path)
    x, offsets = random_inputs(graph, 4, 0), plan(graph).offsets
    x[1], x[2], x[3] = -128, 127, 0
    ends = offsets[graph.input], (offsets[graph.output], 1)
    with chip.load(read_program(elf)) as emulator:
        first, *others = (emulator.run(ends[0], case.tobytes(), ends[1]).work for case in x)
    if name == "rv32imc":
        # Without conditional instructions, a value that saturates takes another branch.
        counts = [sum(work.instructions for work in run.values()) for run in (first, *others)]
        assert max(counts) <= 1.1 * min(counts)
    else:
        assert all(other == first for other in others)


@pytest.mark.parametrize("seed", [1, 2])
def test_gcc_gives_the_same(seed: int) -> None:
    measured(random_network(seed), by="gcc")


@pytest.mark.parametrize("by", NAMES)
@pytest.mark.parametrize("where", BOARDS.values(), ids=lambda entry: entry.name)
def test_sizes_are_those_of_the_elf(where: Board, by: str, tmp_path: Path) -> None:
    if by == "gcc" and not core(where.core).backend.gcc:
        pytest.skip("gcc is not supported for this core")
    graph = random_network(1)
    program = read_program(toolchain(by).build(emit(graph, info_for(graph)), where, tmp_path))
    with (tmp_path / "model.elf").open("rb") as file:
        sections = {s.name: s for s in ELFFile(file).iter_sections() if s["sh_flags"] & 2}
        sizes = {name: section["sh_size"] for name, section in sections.items()}
        addresses = {name: section["sh_addr"] for name, section in sections.items()}
    assert 0 <= sizes.pop(".stack") - scratch_bytes(graph) - 2048 < 8
    ram = sizes.pop(".bss") + sizes.get(".data", 0)
    assert set(sizes) <= {".text", ".rodata", ".data"}
    # The linker aligns constants to a word or two.
    assert 0 <= program.flash.total - sum(sizes.values()) < 8
    assert program.arena_bytes == plan(graph).arena_bytes
    assert program.arena_bytes + program.static_bytes == ram
    assert addresses[".text"] == where.flash_origin
    assert where.ram_origin <= addresses[".bss"]
    assert program.flash.weights >= 0
    assert program.flash.tables >= 0
    assert program.flash.code > 100


def test_layers_add_up_and_counts_are_stable() -> None:
    graph = random_network(2)
    first, again = measured(graph), measured(graph, count=1)
    assert first.run is not None
    assert again.run is not None
    assert first.run.layers == again.run.layers
    assert [row.layer for row in first.run.layers[:-1]] == [node.layer for node in graph.nodes]
    assert sum(row.macs for row in first.run.layers) == macs(graph)
    assert all(row.instructions >= row.macs / 4 for row in first.run.layers)
    assert first.ram.stack is not None
    assert 16 <= first.ram.stack < 2048


@pytest.mark.parametrize("name", ["cortex-m4", "rv32imc"])
def test_the_python_hook_counts_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = random_network(1)
    native = measured(graph, ON_CORE[name])
    monkeypatch.setattr(counter, "native_hook", lambda: None)
    slow = measured(graph, ON_CORE[name])
    assert native.run is not None
    assert slow.run is not None
    assert slow.run.layers == native.run.layers


@pytest.mark.parametrize("name", ["cortex-m7", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("seed", [2, 27])
def test_marks_lose_no_instruction(seed: int, name: str, tmp_path: Path) -> None:
    """With seed 27 a layer's mark heads a loop of the layer, and is met many times."""
    needs_emulator(name)
    graph, chip = random_network(seed), core(name)
    elf = toolchain().build(emit(graph, info_for(graph)), ON_CORE[chip.name], tmp_path)
    marked = read_program(elf)
    others = {name: at for name, at in marked.symbols.items() if not name.startswith("layer_")}
    offsets, x = plan(graph).offsets, random_inputs(graph, 1, 0).tobytes()
    runs = []
    for program in (marked, replace(marked, symbols=others)):
        with chip.load(program) as emulator:
            runs.append(emulator.run(offsets[graph.input], x, (offsets[graph.output], 1)))
    totals = [sum(work.instructions for work in run.work.values()) for run in runs]
    assert totals[0] == totals[1]
    assert len(runs[0].work) == len(graph.nodes) + 1


@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m55", "rv32imc"])
def test_layers_may_run_in_another_order_than_listed(name: str) -> None:
    rng = np.random.default_rng(0)

    def conv(node: str, source: str, inputs: int, filters: int) -> Node:
        weight = rng.normal(size=(filters, 1, 1, inputs))
        arrays = {"weight": weight, "bias": rng.normal(size=filters)}
        return Node(node, Conv2d(Window((1, 1)), filters), (source,), arrays)

    # Both wide tensors at once would take more memory than one after the other.
    wide = conv("a", "x", 2, 32), conv("b", "x", 2, 32)
    narrow = conv("c", "a", 32, 2), conv("d", "b", 32, 2), Node("e", Concat(), ("c", "d"), {})
    graph = made_up(Graph("x", (3, 3, 2), (*wide, *narrow)), rng)
    assert list(plan(graph).order) != sorted(plan(graph).order)
    run = measured(graph, ON_CORE[name]).run
    assert run is not None
    counts = {row.layer: row.instructions for row in run.layers}
    assert counts["a"] == pytest.approx(counts["b"], rel=0.1)
    assert counts["c"] == pytest.approx(counts["d"], rel=0.1)


def test_the_native_hook_is_in_use() -> None:
    needs_unicorn()
    toolchain()
    assert counter.native_hook() is not None


def test_marks_hardly_change_the_code() -> None:
    for seed in range(3):
        graph = random_network(seed)
        files = emit(graph, info_for(graph))
        marked = measure(graph, files, M4, toolchain(), None)
        bare = files | {"model.c": "#define MODEL_LAYER(n) ((void)0)\n" + files["model.c"]}
        plain = measure(graph, bare, M4, toolchain(), None)
        assert abs(marked.flash.total - plain.flash.total) <= 0.03 * plain.flash.total


def test_sizes_do_not_need_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "unicorn", None)
    graph = random_network(1)
    files = emit(graph, info_for(graph))
    sizes = measure(graph, files, M4, toolchain(), None)
    assert sizes.run is None
    assert sizes.ram.stack is None
    assert sizes.flash.total > 0
    with pytest.raises(ToolchainError, match=r"pip install 'tinypareto\[emulate\]'"):
        measure(graph, files, M4, toolchain(), random_inputs(graph, 1, 0))


def test_a_core_without_emulator_leaves_the_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_unicorn()
    monkeypatch.setitem(CORES, "cortex-m4", replace(core("cortex-m4"), model=""))
    graph = random_network(1)
    files = emit(graph, info_for(graph))
    assert measure(graph, files, M4, toolchain(), None).run is None
    with pytest.raises(ToolchainError, match="unicorn has no cortex-m4"):
        measure(graph, files, M4, toolchain(), random_inputs(graph, 1, 0))


def test_a_fault_is_one_line(tmp_path: Path) -> None:
    needs_unicorn()
    graph = random_network(1)
    files = emit(graph, info_for(graph))
    wild = "((volatile int8_t *)arena)[1 << 28] = 1;"
    files["model.c"] = f'#include "model.h"\nvoid model_run(int8_t *arena) {{ {wild} }}\n'
    program = read_program(toolchain().build(files, M4, tmp_path))
    chip = core(M4.core).load(program)
    with pytest.raises(ToolchainError, match=r"emulation: .*at 0x8"):
        chip.run(0, b"", (0, 1))
