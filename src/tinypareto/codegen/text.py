"""Pieces of C text that stay valid whatever a name or a number holds."""

import re
import textwrap
from collections.abc import Iterable

WIDTH = 100
NAME_MAX = 120
"""Characters of a name that are kept: C99 promises no string literal beyond 4095."""


def shorten(name: str) -> str:
    """A name without the part that is too long to be one."""
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 3]}..."


def comment_text(text: str) -> str:
    """ASCII on one line that neither ends nor opens a comment."""
    line = shorten(text).encode("unicode_escape").decode("ascii")
    return re.sub(r"(?<=\*)(?=/)|(?<=/)(?=\*)|(?<=\?)(?=\?)", " ", line)


def comment_lines(text: str) -> list[str]:
    """Lines inside a block comment, wrapped."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" * ",
        subsequent_indent=" * ",
        break_on_hyphens=False,
    ) or [" *"]


def string_literal(text: str) -> str:
    """A C string of the text in UTF-8; octal escapes, because they end after three digits."""
    plain = set(range(0x20, 0x7F)) - set(b'"\\?')
    coded = shorten(text).encode("utf-8", "replace")
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in coded) + '"'


def wrapped(items: Iterable[object], separator: str = ", ", end: str = "\n") -> str:
    """Items in indented lines; `end` closes every line but the last."""
    lines, line = [], "    "
    for text in map(str, items):
        if len(line) + len(text) + len(separator) > WIDTH - 2 and line.strip():
            lines.append(line.rstrip())
            line = "    "
        line += text + separator
    return end.join([*lines, line.rstrip().removesuffix(separator.rstrip())])


def wrapped_integers(values: Iterable[int]) -> str:
    """The same as `wrapped`, many times faster: weights are most of the text."""
    text, lines, start = ", ".join(map(str, values)), [], 0
    room = WIDTH - 2 - 4
    while len(text) + 2 - start > room:
        comma = text.rfind(", ", start, start + room)
        lines.append(f"    {text[start : comma + 1]}")
        start = comma + 2
    return "\n".join([*lines, f"    {text[start:]}".rstrip()])


def list_macro(name: str, items: Iterable[object]) -> str:
    """A macro that stands for an initialiser."""
    body = wrapped(items, end=" \\\n")
    return f"#define {name} {{ \\\n{body} \\\n}}"


def number(value: float) -> str:
    """A decimal literal, exact to the last bit, that can stand anywhere in an expression."""
    plain = repr(
        int(value) if value == int(value) and not isinstance(value, float) else float(value)
    )
    return f"({plain})" if plain.startswith("-") else plain
