"""Conversion of an assembly file to C functions with inline assembly.

The files are ordinary GNU assembly, of which this module understands what they use: functions,
comments after `//`, and macros with parameters.
"""

import re
from collections.abc import Iterable, Mapping

Macros = Mapping[str, tuple[list[str], list[str]]]
"""Parameters and lines of each macro, by name."""


def functions(source: str) -> dict[str, list[str]]:
    """Read the functions of an assembly file.

    Returns:
        Instructions, numeric labels and blank lines of each function by its name, with macros
        expanded and without comments.
    """
    macros: dict[str, tuple[list[str], list[str]]] = {}
    bodies: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in _without_comments(source):
        name, *words = re.findall(r"[^\s,]+", line) or [""]
        if name == ".macro":
            macros[words[0]] = (words[1:], lines := [])
        elif re.fullmatch(r"[a-z]\w*:", name):
            bodies[name.removesuffix(":")] = lines = []
        elif name.startswith("."):
            lines = []
        else:
            lines.append(line)
    return {name: list(_expanded(_trimmed(body), macros)) for name, body in bodies.items()}


def naked_function(name: str, parameters: str, body: Iterable[str]) -> str:
    """Write a C function without prologue and epilogue, whose body is assembly alone.

    Args:
        name: Name of the function, which returns nothing.
        parameters: Its parameters as C declares them, separated by commas.
        body: Lines of assembly; the parameters are in r0 to r3, as in the procedure call standard.
    """
    unused = ",\n    ".join(f"__attribute__((unused)) {p.strip()}" for p in parameters.split(","))
    text = "\n".join(f'        "{line}\\n"' for line in body)
    return (
        f"__attribute__((naked, noinline)) static void {name}(\n    {unused})\n{{\n"
        f"    __asm__ volatile(\n{text});\n}}"
    )


def _without_comments(source: str) -> Iterable[str]:
    """Strip comments and indentation; leave out lines with nothing but a comment."""
    for line in source.splitlines():
        code = line.split("//")[0].strip()
        if code or not line.strip():
            yield code


def _expanded(lines: Iterable[str], macros: Macros) -> Iterable[str]:
    """Replace uses of macros by their bodies, which may use other macros."""
    for line in lines:
        name, _, arguments = line.partition(" ")
        if name in macros:
            parameters, body = macros[name]
            values = [value.strip() for value in arguments.split(",") if value]
            yield from _expanded(_filled(body, dict(zip(parameters, values, strict=True))), macros)
        else:
            yield line


def _filled(lines: Iterable[str], values: Mapping[str, str]) -> list[str]:
    """Replace a backslash and the name of a parameter by its value."""
    return [re.sub(r"\\(\w+)", lambda found: values[found[1]], line) for line in lines]


def _trimmed(lines: list[str]) -> list[str]:
    """Leave out blank lines at the end."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines
