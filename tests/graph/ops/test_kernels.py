"""The files of the kernels: all are found, and C and assembly mean what is emitted of them."""

import re
import subprocess
from collections.abc import Container, Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tinypareto.errors import ToolchainError
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS, kernels
from tinypareto.graph.ops.common import COMMON
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.kernels.assembly import functions
from tinypareto.graph.ops.linear import Linear
from tinypareto.targets.host import compile_c, find_compiler
from tinypareto.targets.toolchain import find_toolchain

FOLDER = Path(str(files(kernels)))
C_FILES = sorted(path.name for path in FOLDER.glob("*.c"))
HEADERS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.h"))
ASSEMBLY: Mapping[str, type[Op]] = {"block": Conv2d, "plane": DepthwiseConv2d, "row": Linear}
M4 = ("--target=thumbv7em-none-eabi", "-mcpu=cortex-m4", "-nostdinc", "-ffunction-sections", "-c")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_the_package_has_every_file_of_the_source() -> None:
    source = Path(__file__).parents[3] / "src" / "tinypareto" / "graph" / "ops" / "kernels"
    names = {path.relative_to(source) for path in source.rglob("*.[chS]")}
    assert {path.relative_to(FOLDER) for path in FOLDER.rglob("*.[chS]")} == names
    assert all((FOLDER / name).read_text("ascii").strip() for name in names)


def test_every_operator_has_its_file_and_every_file_its_operator() -> None:
    assert [f"{op.kind}.c" for op in sorted(OPS, key=lambda op: op.kind)] == C_FILES
    for op in OPS:
        assert op.kernel == kernel_text(f"{op.kind}.c")
        assert f"static void tp_{op.kind}(" in op.kernel


@pytest.mark.parametrize("name", HEADERS)
def test_every_header_is_emitted_with_some_kernel(name: str) -> None:
    emitted = "".join([COMMON, *(op.kernel for op in OPS)])
    code = without_comments((FOLDER / name).read_text("ascii"))
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith("#")]
    # Declarations of assembly are emitted as definitions.
    assert all(line in emitted for line in lines if not re.match(r"void .*\);$", line))
    assert lines or name == "common.h"


@pytest.mark.parametrize("text", [COMMON, *(op.kernel for op in OPS)])
def test_emitted_text_is_self_contained(text: str) -> None:
    assert not re.search(r'///|clang-format|#pragma|#include "|\n\n\n', text)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100


def test_macros_are_expanded_with_their_arguments() -> None:
    source = """
        .macro double register, extra    // twice
        add \\register, \\register
        twice \\extra
        .endm
        .macro twice other
        // nothing but a comment
        add \\other, \\other
        .endm
        .global tp_first
    tp_first:
        double r0, r1  // two lines

        bx lr

        .global tp_second
    tp_second:
        1:
        b 1b
    """
    assert functions(source) == {
        "tp_first": ["add r0, r0", "add r1, r1", "", "bx lr"],
        "tp_second": ["1:", "b 1b"],
    }


@pytest.mark.device
@pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")
@pytest.mark.parametrize("name", [*HEADERS, *C_FILES])
def test_each_file_alone_is_c(name: str, tmp_path: Path) -> None:
    text = f'#include "{FOLDER / name}"\nint main(void) {{ return 0; }}\n'
    flags = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-function")
    compile_c({"alone.c": text}, tmp_path / "alone", None, flags)


def code_of(file: Path, names: Container[str]) -> dict[str, bytes]:
    """Machine code of the functions in an object file, each up to the next one in its section."""
    with file.open("rb") as opened:
        elf = ELFFile(opened)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbols = [symbol for symbol in table.iter_symbols() if symbol.name in names]
        # The lowest bit of an address says that the code is Thumb.
        places = {s.name: (s["st_shndx"], s["st_value"] & ~1) for s in symbols}
        found = {}
        for name, (section, start) in places.items():
            data = elf.get_section(section).data()
            later = [at for other, at in places.values() if other == section and at > start]
            found[name] = data[start : min(later, default=len(data))]
        return found


@pytest.mark.device
@pytest.mark.parametrize("name", ASSEMBLY)
def test_assembler_and_emitted_c_agree(name: str, tmp_path: Path) -> None:
    try:
        toolchain = find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    source, op = FOLDER / "arm_dsp" / f"{name}.S", ASSEMBLY[name]
    names = functions(source.read_text("ascii"))
    uses = f"void *const used[] = {{{', '.join(names)}}};\n"
    (tmp_path / "emitted.c").write_text(COMMON + op.kernel + uses)
    headers = Path(toolchain.compiler).parent / "lib" / "include"
    for text, output in ((str(source), "assembled.o"), ("emitted.c", "emitted.o")):
        command = [toolchain.compiler, "clang", *M4, "-isystem", str(headers), text, "-o", output]
        subprocess.run(command, cwd=tmp_path, check=True)
    assembled = code_of(tmp_path / "assembled.o", names)
    assert all(len(code) > 20 for code in assembled.values())
    assert assembled == code_of(tmp_path / "emitted.o", names)
