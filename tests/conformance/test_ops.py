"""Every operator of the registry: its bytes, its integers, and its C."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.graph.op import ChannelRule, CSite, Op, Shape
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.common import COMMON
from tinypareto.graph.requantize import Quant, affine
from tinypareto.targets.host import compile_c, find_compiler

CASES = 24
BATCH = 4
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
C_TYPES = {np.dtype("int8"): "int8_t", np.dtype("int32"): "int32_t"}

every_op = pytest.mark.parametrize("op_type", OPS, ids=lambda op: op.kind)


@dataclass(frozen=True)
class Case:
    """A quantized operator with inputs."""

    op: Op
    shapes: tuple[Shape, ...]
    constants: Mapping[str, NDArray[Any]]
    scalars: Mapping[str, int]
    inputs: tuple[NDArray[np.int8], ...]

    def run(self) -> NDArray[np.int8]:
        return self.op.run(self.constants, self.scalars, *self.inputs)


def random_quant(rng: np.random.Generator, spread: float) -> Quant:
    low, high = np.sort(rng.normal(size=2)) * 10 ** rng.uniform(-spread, spread)
    return affine(float(low), float(high))


def case(op_type: type[Op], seed: int) -> Case:
    """The even ones are realistic, the odd ones as hostile as a finite network can be."""
    rng = np.random.default_rng(seed)
    spread = 9.0 * (seed % 2)
    op, weights, shapes = op_type.example(rng)
    for name, values in weights.items():
        scale = 10 ** rng.uniform(-spread, spread, values.shape) * (rng.random(values.shape) < 0.9)
        weights[name] = (values * scale).astype(np.float32)
    quants = [random_quant(rng, spread) for _ in shapes]
    output = op.output_quant(quants, *(float(x) for x in np.sort(rng.normal(size=2) * 4)))
    if spread:
        output = op.output_quant(quants, 0.0, float(10 ** rng.uniform(-spread, spread)))
    constants, scalars = op.quantize(weights, quants, output)
    return Case(op, shapes, constants, scalars, tuple(random_int8(rng, shape) for shape in shapes))


def random_int8(rng: np.random.Generator, shape: Shape) -> NDArray[np.int8]:
    """Uniform values, then extremes only, then each extreme everywhere."""
    values = rng.integers(-128, 128, (BATCH, *shape))
    values[1] = rng.choice([-128, 127], shape)
    values[2], values[3] = -128, 127
    return values.astype(np.int8)


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
        return [*op.output_shape(*given), op.macs(*given), op.constant_bytes(*given)]

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
def test_c_equals_run_bit_for_bit(op_type: type[Op], build: Callable[[str], Path]) -> None:
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


def numbers(array: NDArray[Any]) -> str:
    return ", ".join(map(str, array.ravel().tolist()))


def case_text(number: int, made: Case) -> str:
    """One function that treats the batch; mostly in place where the operator allows it."""
    shape = made.op.output_shape(*made.shapes)
    names = {key: f"case_{number}_{key}" for key in made.constants}
    arrays = [
        f"static const {C_TYPES[array.dtype]} {names[key]}[] = {{{numbers(array)}}};"
        for key, array in made.constants.items()
    ]
    inputs = [f"input_{i}" for i in range(len(made.shapes))]
    reads = [
        f"int8_t *{name} = input({np.prod(given)});"
        for name, given in zip(inputs, made.shapes, strict=True)
    ]
    allowed = [inputs[i] for i in made.op.inplace if np.prod(made.shapes[i]) == np.prod(shape)]
    output = [*allowed, *allowed, "output"][number % (2 * len(allowed) + 1)]
    in_place = output != "output"
    site = CSite(inputs, output, names, made.scalars, made.shapes, shape)
    body = [
        *reads,
        "" if in_place else f"int8_t *output = malloc({np.prod(shape)});",
        made.op.c_call(site),
        f"fwrite({output}, 1, {np.prod(shape)}, stdout);",
        *(f"free({name});" for name in sorted({*inputs, output})),
    ]
    lines = "\n".join(f"        {line}" for line in body)
    loop = f"    for (int sample = 0; sample < {BATCH}; sample++) {{\n{lines}\n    }}\n"
    return "\n".join([*arrays, f"static void case_{number}(void)\n{{\n{loop}}}\n"])
