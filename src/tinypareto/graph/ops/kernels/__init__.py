"""Kernels of the integer operators in C and assembly, and the text that is emitted of them.

Each `.c` file holds the kernel of one operator and includes the headers that it needs, so that an
editor or a compiler reads it like any other C. `core.h` says what the core offers, and the
preprocessor chooses: `arm_dsp/` is for cores with the Arm DSP extension (Cortex-M4, M7, M33),
`portable/` for all others.

Emitted C is one text without includes of its own. `common.h` is emitted once, before all kernels;
every other header becomes a part of the kernels that include it. A function that a header declares
and the `.S` file of the same name defines is emitted with inline assembly. Comments that begin with
`///` explain the kernels to readers of these files and are not emitted; `/* */` comments are.
"""

import re
from functools import cache
from importlib.resources import files
from posixpath import dirname, join, normpath

from tinypareto.graph.ops.kernels.assembly import functions, naked_function

_COMMON = "common.h"

_INCLUDE = re.compile(r'#include "(.+)"')
_NOT_EMITTED = re.compile(r"\s*(///|// clang-format|#pragma once)")
_DECLARATION = re.compile(r"^void (\w+)\(([^()]*)\);$", re.MULTILINE)


@cache
def kernel_text(name: str) -> str:
    """Read a kernel as it is emitted, with everything that it includes except `common.h`.

    Args:
        name: Path of a file below this folder, such as `conv2d.c`.
    """
    included: set[str] = set()
    if name != _COMMON:
        _text(_COMMON, included)
    return _text(name, included)


def _text(name: str, included: set[str]) -> str:
    """Read a file without its `///` comments; files in `included` are not included again."""
    included.add(name)
    lines = [
        _include(name, found[1], included) if (found := _INCLUDE.match(line)) else line
        for line in _read(name).splitlines()
        if not _NOT_EMITTED.match(line)
    ]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return _with_assembly(text, name.removesuffix(".h") + ".S") + "\n"


def _include(name: str, target: str, included: set[str]) -> str:
    path = normpath(join(dirname(name), target))
    return "" if path in included else _text(path, included).rstrip("\n")


def _with_assembly(text: str, name: str) -> str:
    """Replace declarations by definitions with the instructions of the `.S` file."""
    if not _DECLARATION.search(text):
        return text
    bodies = functions(_read(name))
    return _DECLARATION.sub(
        lambda found: naked_function(found[1], found[2], bodies[found[1]]), text
    )


def _read(name: str) -> str:
    return (files(__name__) / name).read_text("ascii")
