"""Messages about unknown names, and names that are safe anywhere."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from tinypareto.errors import ConfigError

T = TypeVar("T")

NAME_MAX = 40
"""Characters of an identifier."""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Such as `unknown net 'dscn'; did you mean 'dscnn'? (known: dscnn, mlp)`."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? (known: {{}})" if near else "known: {}"
    return f"unknown {what} {name!r}; " + hint.replace("{}", ", ".join(names) or "none")


def lookup(what: str, name: str, registry: Mapping[str, T]) -> T:
    """The entry of that name.

    Raises:
        ConfigError: There is none.
    """
    if name in registry:
        return registry[name]
    raise ConfigError(unknown(what, name, registry))


def nearest(name: str, known: Iterable[str], count: int) -> list[str]:
    """The known names most like this one, whatever the case; the best first."""
    by_lower = {other.lower(): other for other in known}
    return [by_lower[near] for near in get_close_matches(name.lower(), by_lower, n=count)]


def identifier(text: str) -> str:
    """A name from an allow-list: small letters, digits and underscores, a letter first.

    What a data set is called may be any text; files, C, XML and YAML get this instead.
    """
    kept = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:NAME_MAX]
    return kept if kept[:1].isalpha() else f"net_{kept}".strip("_")
