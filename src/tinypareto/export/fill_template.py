"""Filling of the templates, and escaping of names that a user may have chosen freely."""

import html
import re
from pathlib import Path

from tinypareto.codegen.prefix import DEFAULT, prefixed
from tinypareto.codegen.text import shorten

TEXTS = Path(__file__).parent / "templates"


def text(name: str, prefix: str = DEFAULT, **values: object) -> str:
    """Read a file of `templates/` and replace its `@NAME@` placeholders by values.

    Args:
        name: Name of the file.
        prefix: Prefix of the network's names; see `codegen.prefix`.
        values: Values by placeholder.
    """
    content = prefixed((TEXTS / name).read_text(encoding="ascii"), prefix)
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
