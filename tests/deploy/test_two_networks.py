"""Two networks in one program, linked in every way: each computes what Python computes."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from runs import check_output
from tflite_models import TfliteNet, image_net, series_net

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from tinypareto.deploy.export import export
from tinypareto.deploy.imported import ImportedNetwork, import_network
from tinypareto.deploy.selection import random_inputs
from tinypareto.graph import interpreter
from tinypareto.targets.host import find_compiler

pytestmark = pytest.mark.device
NETS = {"see": image_net, "hear": series_net}
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-O1")
PROGRAM = """\
#include <stdio.h>
#include "see_io.h"
#include "hear_io.h"

#define MOST(a, b) ((a) > (b) ? (a) : (b))

static SEE_ALIGNED int8_t first[MOST(SEE_ARENA_BYTES, HEAR_ARENA_BYTES)];
#ifdef SHARED
#define second first
#else
static HEAR_ALIGNED int8_t second[HEAR_ARENA_BYTES];
#endif

int main(void)
{
    while (fread(SEE_INPUT(first), 1, SEE_INPUT_BYTES, stdin) == SEE_INPUT_BYTES) {
        see_run(first);
        fwrite(SEE_OUTPUT(first), 1, SEE_OUTPUT_BYTES, stdout);
        if (fread(HEAR_INPUT(second), 1, HEAR_INPUT_BYTES, stdin) != HEAR_INPUT_BYTES) {
            return 1;
        }
        hear_run(second);
        fwrite(HEAR_OUTPUT(second), 1, HEAR_OUTPUT_BYTES, stdout);
    }
    return 0;
}
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(both C)
add_subdirectory(see)
add_subdirectory(hear)
add_executable(program main.c)
target_link_libraries(program see hear m)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    for name, make in NETS.items():
        export(saved(folder, name, make()), folder / name, "c", name=name)
    (folder / "main.c").write_text(PROGRAM)
    (folder / "one.c").write_text('#include "see.c"\n#include "hear.c"\n#include "main.c"\n')
    (folder / "CMakeLists.txt").write_text(CMAKE)
    return folder


def saved(folder: Path, name: str, net: TfliteNet) -> Path:
    path = folder / f"{name}.tflite"
    path.write_bytes(net.content())
    return path


@pytest.mark.parametrize(
    "linked", ["sources", "one arena", "one translation unit", "static libraries", "cmake"]
)
def test_both_compute_what_python_computes(folder: Path, linked: str, tmp_path: Path) -> None:
    networks = [import_network(folder / f"{name}.tflite") for name in NETS]
    inputs = [random_inputs(network.graph, 6) for network in networks]
    program = build(folder, linked, tmp_path)
    given = b"".join(case.tobytes() for pair in zip(*inputs, strict=True) for case in pair)
    done = subprocess.run([str(program)], input=given, capture_output=True, check=True)
    assert done.stdout == b"".join(expected(networks, inputs))


def expected(networks: list[ImportedNetwork], inputs: list[np.ndarray]) -> list[bytes]:
    outputs = [
        interpreter.run(network.graph, x) for network, x in zip(networks, inputs, strict=True)
    ]
    return [row.tobytes() for pair in zip(*outputs, strict=True) for row in pair]


def build(folder: Path, linked: str, out: Path) -> Path:
    """The program, compiled without a warning."""
    compiler = find_compiler() or pytest.skip("no C compiler: install one, or ziglang")
    strict = [*compiler, *STRICT, f"-I{folder}", *(f"-I{folder / name / 'src'}" for name in NETS)]
    sources = [str(folder / name / "src" / f"{name}.c") for name in NETS]
    main, program = str(folder / "main.c"), out / "program"
    if linked == "cmake":
        if not shutil.which("cmake"):
            pytest.skip("no cmake")
        check_output(["cmake", "-S", str(folder), "-B", str(out)], out)
        check_output(["cmake", "--build", str(out)], out)
        return program
    if linked == "static libraries":
        if not shutil.which("ar"):
            pytest.skip("no ar")
        for name, source in zip(NETS, sources, strict=True):
            check_output([*strict, "-c", source, "-o", f"{name}.o"], out)
            check_output(["ar", "rcs", f"lib{name}.a", f"{name}.o"], out)
        given = [main, "libsee.a", "libhear.a"]
    elif linked == "one translation unit":
        given = [str(folder / "one.c")]
    else:
        given = [main, *sources, *(["-DSHARED"] if linked == "one arena" else [])]
    check_output([*strict, *given, "-o", str(program), "-lm"], out)
    return program
