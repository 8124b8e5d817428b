"""Pieces of C text that are valid for any name and any number."""

import re
import textwrap
from collections.abc import Iterable

WIDTH = 100
NAME_MAX = 120
"""Maximum length of a name in characters; C99 guarantees string literals of 4095 only."""


def shorten(name: str) -> str:
    """Cut a name that is longer than `NAME_MAX`, with an ellipsis."""
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 3]}..."


def comment_text(text: str) -> str:
    """Escape text to ASCII on one line that neither ends nor opens a comment, nor has trigraphs."""
    line = shorten(text).encode("unicode_escape").decode("ascii")
    return re.sub(r"(?<=\*)(?=/)|(?<=/)(?=\*)|(?<=\?)(?=\?)", " ", line)


def comment_lines(text: str) -> list[str]:
    """Wrap text to lines inside a block comment."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" * ",
        subsequent_indent=" * ",
        break_on_hyphens=False,
    ) or [" *"]


def string_literal(text: str) -> str:
    """Write text as a C string literal in UTF-8.

    Escapes are octal because they end after three digits; hexadecimal ones would also take digits
    that follow.
    """
    plain = set(range(0x20, 0x7F)) - set(b'"\\?')
    coded = shorten(text).encode("utf-8", "replace")
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in coded) + '"'


def wrapped(items: Iterable[object], separator: str = ", ", end: str = "\n") -> str:
    """Wrap items to indented lines.

    Args:
        items: Items, written as by `str`.
        separator: Text between two items.
        end: Text that closes every line but the last.
    """
    lines, line = [], "    "
    for text in map(str, items):
        if len(line) + len(text) + len(separator) > WIDTH - 2 and line.strip():
            lines.append(line.rstrip())
            line = "    "
        line += text + separator
    return end.join([*lines, line.rstrip().removesuffix(separator.rstrip())])


def wrapped_integers(values: Iterable[int]) -> str:
    """Do what `wrapped` does, many times faster, since weights are most of the emitted text."""
    text, lines, start = ", ".join(map(str, values)), [], 0
    room = WIDTH - 2 - 4
    while len(text) + 2 - start > room:
        comma = text.rfind(", ", start, start + room)
        lines.append(f"    {text[start : comma + 1]}")
        start = comma + 2
    return "\n".join([*lines, f"    {text[start:]}".rstrip()])


def list_macro(name: str, items: Iterable[object]) -> str:
    """Define a macro that stands for an initializer."""
    body = wrapped(items, end=" \\\n")
    return f"#define {name} {{ \\\n{body} \\\n}}"


def number(value: float) -> str:
    """Write a decimal literal, exact to the last bit, that is valid anywhere in an expression."""
    plain = repr(
        int(value) if value == int(value) and not isinstance(value, float) else float(value)
    )
    return f"({plain})" if plain.startswith("-") else plain
