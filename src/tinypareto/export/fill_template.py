"""The texts in `templates/`, and text that stays valid whatever a data set or a class is called."""

import html
import re
from pathlib import Path

from tinypareto.codegen.text import shorten

TEXTS = Path(__file__).parent / "templates"


def text(name: str, **values: object) -> str:
    """A file of `templates/` with its `@NAME@`s replaced."""
    content = (TEXTS / name).read_text(encoding="ascii")
    # All at once: a value may hold what looks like another key.
    return re.sub(r"@([A-Z_]+)@", lambda found: str(values[found[1]]), content)


def plain(given: str) -> str:
    """Printable ASCII on one line, in which no quote, bracket or backslash can end anything."""
    line = re.sub(r"[^A-Za-z0-9 .,:()_+=%/-]+", "?", shorten(given))
    return line.strip() or "?"


def markdown(given: str) -> str:
    """Text that Markdown shows as it is."""
    line = " ".join(shorten(given).split())
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", html.escape(line, quote=False))
