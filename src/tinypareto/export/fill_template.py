"""Filling of the templates, and escaping of names that a user may have chosen freely."""

import html
import re
from pathlib import Path

from tinypareto.codegen.prefix import DEFAULT, prefixed
from tinypareto.codegen.text import shorten

TEXTS = Path(__file__).parent / "templates"


_PARTS = re.compile(r"^@CLASSES@\n(.*?)^@QUANTITIES@\n(.*?)^@END@\n", re.DOTALL | re.MULTILINE)
"""Lines for a network that answers with a class, and those for one that answers with quantities."""


def text(name: str, prefix: str = DEFAULT, *, quantities: bool = False, **values: object) -> str:
    """Read a file of `templates/` and replace its `@NAME@` placeholders by values.

    Args:
        name: Name of the file.
        prefix: Prefix of the network's names; see `codegen.prefix`.
        quantities: Whether the network answers with quantities instead of a class.
        values: Values by placeholder.
    """
    content = (TEXTS / name).read_text(encoding="ascii")
    content = prefixed(_PARTS.sub(r"\2" if quantities else r"\1", content), prefix)
    # In one pass, because a value may contain text that looks like another placeholder.
    return re.sub(r"@([A-Z_]+)@", lambda match: str(values[match[1]]), content)


def plain(text: str) -> str:
    """Reduce text to one line of printable ASCII without quotes, brackets or backslashes."""
    line = re.sub(r"[^A-Za-z0-9 .,:()_+=%/-]+", "?", shorten(text))
    return line.strip() or "?"


def markdown(text: str) -> str:
    """Escape text so that Markdown shows it literally."""
    line = " ".join(shorten(text).split())
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", html.escape(line, quote=False))
