"""Text and values from users, files and data sets, made safe to print on a terminal."""

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

LONGEST = 100
"""Characters of a value that a message repeats."""
_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
"""Control characters, lone surrogates, and separators of lines and paragraphs."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder the text around them."""


def printable(text: str) -> str:
    """Escape every character that a terminal would obey instead of showing it.

    Newlines and tabs stay. Escapes have the form of JSON, so JSON stays the same value.

    Args:
        text: Text that may hold names from files, such as those of classes.
    """
    # Nearly all text is already printable.
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(char):04x}" if _is_command(char) else char for char in text)


def shown(value: object) -> str:
    """Write a value for a message: `repr`, but at most about a hundred characters.

    Args:
        value: Any value that a user gave, such as a number of half a million digits.
    """
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write whole numbers of more than 4300 digits.
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def _is_command(char: str) -> bool:
    if char in "\n\t":
        return False
    return char in _DIRECTIONS or unicodedata.category(char) in _CATEGORIES


class Printable:
    """A renderable of rich whose text is escaped after rich has laid it out.

    Args:
        content: The renderable; rich's own styles stay.
    """

    def __init__(self, content: "RenderableType") -> None:
        self._content = content

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Escape the text of each segment."""
        from rich.segment import Segment

        for text, style, control in console.render(self._content, options):
            yield Segment(text if control else printable(text), style, control)
