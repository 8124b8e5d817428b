"""Look-up in registries with helpful messages, and identifiers that are safe in any file."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from tinypareto.errors import ConfigError

T = TypeVar("T")

NAME_MAX = 40
"""Largest number of characters in an identifier."""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Write a message such as `unknown net 'dscn'; did you mean 'dscnn'? (known: dscnn, mlp)`."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? (known: {{}})" if near else "known: {}"
    return f"unknown {what} {name!r}; " + hint.replace("{}", ", ".join(names) or "none")


def lookup(what: str, name: str, registry: Mapping[str, T]) -> T:
    """Look up a name in a registry.

    Args:
        what: Kind of the entries, for the message.
        name: Name to look up.
        registry: Entries by name.

    Raises:
        ConfigError: The registry has no such entry; the message suggests a similar name.
    """
    if name in registry:
        return registry[name]
    raise ConfigError(unknown(what, name, registry))


def nearest(name: str, known: Iterable[str], count: int) -> list[str]:
    """Find up to `count` known names similar to this one, ignoring case, the best match first."""
    by_lower = {other.lower(): other for other in known}
    return [by_lower[near] for near in get_close_matches(name.lower(), by_lower, n=count)]


def identifier(text: str) -> str:
    """Convert text to lower-case letters, digits and underscores that start with a letter.

    The name of a data set may be any text; in file names, C, XML and YAML it is replaced by this.
    """
    kept = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:NAME_MAX]
    return kept if kept[:1].isalpha() else f"net_{kept}".strip("_")
