"""Messages about unknown names."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Such as `unknown net 'dscn'; did you mean 'dscnn'? (known: dscnn, mlp)`."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? (known: {{}})" if near else "known: {}"
    return f"unknown {what} {name!r}; " + hint.replace("{}", ", ".join(names) or "none")
