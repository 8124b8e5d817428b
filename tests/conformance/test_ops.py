"""Every operator of the registry: its bytes, its integers, and its C."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from op_cases import BATCH, CASES, Case, case

from tinypareto.errors import ToolchainError
from tinypareto.graph.op import ChannelRule, CNodeContext, Op, Shape
from tinypareto.graph.ops import OPS, channel_plane
from tinypareto.graph.ops.common import COMMON
from tinypareto.targets.host import compile_c, find_compiler

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

every_op = pytest.mark.parametrize("op_type", OPS, ids=lambda op: op.kind)


@every_op
def test_constants_have_the_announced_bytes(op_type: type[Op]) -> None:
    for seed in range(CASES):
        made = case(op_type, seed)
        emitted = sum(array.nbytes for array in made.constants.values())
        assert emitted == made.op.constant_bytes(*made.shapes)


@every_op
def test_run_is_deterministic_and_independent_of_the_batch(op_type: type[Op]) -> None:
    for seed in range(CASES):
        made = case(op_type, seed)
        together = made.run()
        assert together.dtype == np.int8
        assert together.shape == (BATCH, *made.op.output_shape(*made.shapes))
        np.testing.assert_array_equal(together, made.run())
        for i in range(BATCH):
            alone = replace(made, inputs=tuple(x[i : i + 1] for x in made.inputs)).run()
            np.testing.assert_array_equal(together[i : i + 1], alone)


@every_op
def test_arrays_of_channels_cost_what_each_channel_costs(op_type: type[Op]) -> None:
    widths = np.array([1, 3, 8])

    def costs(width: Any, own: Any, op: Op, shapes: tuple[Shape, ...]) -> list[Any]:
        if op.channels is ChannelRule.OWN:
            op = replace(op, out_channels=own)  # type: ignore[type-var]
        given = [(height, across, width) for height, across, _ in shapes]
        work = op.work(*given)
        return [*op.output_shape(*given), op.macs(*given), op.constant_bytes(*given), *work]

    for seed in range(CASES):
        op, _, shapes = op_type.example(np.random.default_rng(seed))
        at_once = costs(widths, widths[::-1], op, shapes)
        one_by_one = [
            costs(int(a), int(b), op, shapes) for a, b in zip(widths, widths[::-1], strict=True)
        ]
        for got, wanted in zip(at_once, zip(*one_by_one, strict=True), strict=True):
            np.testing.assert_array_equal(np.broadcast_to(got, len(widths)), wanted)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compiles one C file with warnings as errors, and with sanitizers where they exist."""
    if find_compiler() is None:
        pytest.skip("no C compiler: install cc, gcc, clang or tinypareto[compiler]")
    folders = count()

    def compile_text(text: str, flags: tuple[str, ...]) -> Path:
        folder = tmp_path_factory.mktemp(f"c{next(folders)}")
        return compile_c({"cases.c": text}, folder / "cases", None, (*WARNINGS, *flags))

    try:
        compile_text("int main(void) { return 0; }\n", SANITIZERS)
    except ToolchainError:
        return lambda text: compile_text(text, ())
    return lambda text: compile_text(text, SANITIZERS)


@pytest.mark.device
@every_op
def test_c_equals_run_bit_for_bit(
    op_type: type[Op], build: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_plane, "SAMPLES", 60)
    cases = [case(op_type, seed) for seed in range(CASES)]
    program = build(program_text(op_type, cases))
    given = b"".join(x[i].tobytes() for c in cases for i in range(BATCH) for x in c.inputs)
    done = subprocess.run([program], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    results = np.frombuffer(done.stdout, np.int8)
    wanted = np.concatenate([c.run().ravel() for c in cases])
    np.testing.assert_array_equal(results, wanted)


def program_text(op_type: type[Op], cases: list[Case]) -> str:
    """Reads the inputs of each case from stdin, each in memory of its own; writes the outputs."""
    parts = ["#include <stdio.h>", "#include <stdlib.h>", COMMON, op_type.kernel, READ]
    parts += [case_text(number, made) for number, made in enumerate(cases)]
    calls = "".join(f"    case_{number}();\n" for number in range(len(cases)))
    return "\n".join([*parts, f"int main(void)\n{{\n{calls}    return 0;\n}}\n"])


READ = """
static int8_t *input(size_t bytes)
{
    int8_t *values = malloc(bytes);
    if (fread(values, 1, bytes, stdin) != bytes) {
        exit(2);
    }
    return values;
}
"""


def case_text(number: int, made: Case) -> str:
    """One function that treats the batch; mostly in place where the operator allows it."""
    shape = made.op.output_shape(*made.shapes)
    arrays, names = made.c_arrays(f"case_{number}")
    inputs = [f"input_{i}" for i in range(len(made.shapes))]
    reads = [
        f"int8_t *{name} = input({np.prod(given)});"
        for name, given in zip(inputs, made.shapes, strict=True)
    ]
    allowed = [inputs[i] for i in made.op.inplace if np.prod(made.shapes[i]) == np.prod(shape)]
    output = [*allowed, *allowed, "output"][number % (2 * len(allowed) + 1)]
    in_place = output != "output"
    work = made.op.workspace_bytes(*made.shapes)
    context = CNodeContext(
        inputs, output, names, made.scalars, made.shapes, shape, "workspace" if work else ""
    )
    body = [
        *reads,
        f"int8_t *workspace = malloc({work});" if work else "",
        "" if in_place else f"int8_t *output = malloc({np.prod(shape)});",
        made.op.c_call(context),
        f"fwrite({output}, 1, {np.prod(shape)}, stdout);",
        *(f"free({name});" for name in sorted({*inputs, output})),
        "free(workspace);" if work else "",
    ]
    lines = "\n".join(f"        {line}" for line in body)
    loop = f"    for (int sample = 0; sample < {BATCH}; sample++) {{\n{lines}\n    }}\n"
    return "\n".join([arrays, f"static void case_{number}(void)\n{{\n{loop}}}\n"])
