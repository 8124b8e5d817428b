"""The description that a field of `RunConfig` carries of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Reader = Callable[[Any, str, Path], Any]
"""Turns a value from any source into the field's: (value, label for messages, base folder)."""

FromText = Callable[[str], Any]
"""Turns the text of a flag into a value; text that it cannot read it returns."""

NETWORK = "Data and network"
LIMITS = "Limits and objectives"
SEARCH = "Search"
MACHINES = "Machines"
RESULTS = "Results"


@dataclass(frozen=True)
class Option:
    """Description of a field for the command line, TOML files, messages and the documentation.

    Attributes:
        help: Meaning, without a final period; the default is added to it.
        wanted: Acceptable values, as the message about another one names them.
        metavar: Stands for the value in the command's help.
        panel: Group in the command's help; None if the option is only a key of a TOML file.
        flag: Flag of the command line; by default the key with dashes.
        variable: Environment variable that stands in for the flag.
        repeatable: Whether the flag may be given several times, once for each item.
        shown_default: Default in words; by default the field's own.
        from_text: Reads the text of the flag, or of one item of a mapping; numbers without `read`
            have theirs by their type.
        item: Example of NAME=VALUE, if the field is a mapping.
        read: Reads a value from any source; None if the value is taken as it is.
        may_change: Whether the option may differ when a run is resumed.
        of_machine: Whether it says where and how one process runs, and is no part of the search.
    """

    help: str
    wanted: str
    metavar: str = "TEXT"
    panel: str | None = None
    flag: str = ""
    variable: str | None = None
    repeatable: bool = False
    shown_default: str | None = None
    from_text: FromText = str
    item: str = ""
    read: Reader | None = None
    may_change: bool = False
    of_machine: bool = False

    def sentence(self, note: str = "") -> str:
        """The help, a note such as "; repeatable", and the default in parentheses."""
        shown = f" ({self.shown_default})" if self.shown_default else ""
        return f"{self.help}{note}{shown}."


def in_words(default: Any) -> str:
    """A default that a person would type; nothing for None and for empty collections."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"{default:g}" if isinstance(default, int | float) else str(default or "")
