import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integer_networks import example_network, info_for, random_inputs, random_network
from numpy.typing import NDArray

from tinypareto.codegen import emit
from tinypareto.errors import DataError, ToolchainError
from tinypareto.graph import interpreter
from tinypareto.graph.cost import emitted_rom_bytes, rom_bytes
from tinypareto.graph.graph import Graph
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.targets.host import HostModel, compile_c, compile_shared, compilers, find_compiler

STRICT = ("-pedantic", "-Wall", "-Wextra", "-Werror")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")

MAIN = r"""
#include <stdio.h>
#include <stdlib.h>
#include "model.h"

int main(void)
{
    /* On the heap, where the sanitizer sees every byte beyond the arena. */
    int8_t *arena = malloc(MODEL_ARENA_BYTES);
    while (fread(MODEL_INPUT(arena), 1, MODEL_INPUT_BYTES, stdin) == MODEL_INPUT_BYTES) {
        model_run(arena);
        fwrite(MODEL_OUTPUT(arena), 1, MODEL_OUTPUT_BYTES, stdout);
    }
    free(arena);
    return 0;
}
"""


def run_compiled(
    graph: Graph, x: NDArray[np.int8], compiler: Sequence[str] | None = None
) -> NDArray[np.int8]:
    with tempfile.TemporaryDirectory() as folder:
        files = emit(graph, info_for(graph))
        library = compile_shared(files, Path(folder), compiler, STRICT)
        return HostModel(library, graph).run(x)


def run_executable(files: Mapping[str, str], x: NDArray[np.int8], outputs: int) -> NDArray[np.int8]:
    """The same through a sanitized program, which a library in this process cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        program = compile_c(
            {**files, "main.c": MAIN}, Path(folder) / "model", flags=(*STRICT, *SANITIZE)
        )
        done = subprocess.run([program], input=x.tobytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.int8).reshape(-1, outputs)


def sanitizers_work() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            main = {"main.c": "int main(void) { return 0; }\n"}
            program = compile_c(main, Path(folder) / "probe", flags=SANITIZE)
            return subprocess.run([program], check=False).returncode == 0
        except ToolchainError:
            return False


@pytest.mark.device
@needs_compiler
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_compiled_c_equals_the_interpreter(seed: int) -> None:
    graph = random_network(seed)
    x = random_inputs(graph, 4, seed)
    np.testing.assert_array_equal(run_compiled(graph, x), interpreter.run(graph, x))
    assert emitted_rom_bytes(graph) == rom_bytes(graph)


@pytest.mark.device
@pytest.mark.parametrize("name", ["gcc", "clang", "zig"])
def test_every_compiler_gives_the_same(name: str) -> None:
    if name not in compilers():
        pytest.skip(f"{name} is not installed")
    for seed in (1, 2, 3):
        graph = random_network(seed)
        x = random_inputs(graph, 4, seed)
        made = run_compiled(graph, x, compilers()[name])
        np.testing.assert_array_equal(made, interpreter.run(graph, x))


@pytest.mark.device
@needs_compiler
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_operator_compiles_to_its_integer_result(op: type[Op], seed: int) -> None:
    graph = example_network(op, seed)
    x = random_inputs(graph, 8, seed)
    np.testing.assert_array_equal(run_compiled(graph, x), interpreter.run(graph, x))
    assert emitted_rom_bytes(graph) == rom_bytes(graph)


@pytest.mark.device
@needs_compiler
def test_sanitizers_find_nothing() -> None:
    if not sanitizers_work():
        pytest.skip("the compiler has no address and undefined-behaviour sanitizers")
    for seed in range(10):
        graph = random_network(seed)
        x = random_inputs(graph, 4, seed)
        expected = interpreter.run(graph, x)
        made = run_executable(emit(graph, info_for(graph)), x, expected.shape[1])
        np.testing.assert_array_equal(made, expected)


@pytest.mark.device
@needs_compiler
def test_a_write_outside_the_arena_is_found(tmp_path: Path) -> None:
    graph = random_network(0)
    files = emit(graph, info_for(graph))
    files["model.c"] = (
        '#include "model.h"\nvoid model_run(int8_t *arena) { arena[MODEL_ARENA_BYTES] = 0; }\n'
    )
    model = HostModel(compile_shared(files, tmp_path), graph)
    with pytest.raises(ToolchainError, match="outside its arena"):
        model.run(random_inputs(graph, 1, 0))


@pytest.mark.device
@needs_compiler
def test_inputs_of_another_shape_are_refused(tmp_path: Path) -> None:
    graph = random_network(0)
    model = HostModel(compile_shared(emit(graph, info_for(graph)), tmp_path), graph)
    with pytest.raises(DataError, match="wanted int8"):
        model.run(np.zeros((1, 99, 1, 1), np.int8))


@pytest.mark.device
@needs_compiler
def test_refused_c_gives_the_first_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"refused .*error.*run there: ") as caught:
        compile_shared({"model.c": "int model_run(void) { return nothing; }\n"}, tmp_path)
    assert "\n" not in str(caught.value)


def test_no_compiler_names_the_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert find_compiler() is None
    with pytest.raises(ToolchainError, match="pip install"):
        compile_shared({}, tmp_path)


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.so").write_text("not a library")
    with pytest.raises(ToolchainError, match="compile it again"):
        HostModel(tmp_path / "model.so", random_network(0))
