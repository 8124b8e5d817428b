"""Names of nodes, made different from each other."""

from collections.abc import Iterable


def unique_names(names: Iterable[str], taken: str) -> list[str]:
    """The names, with underscores after those that an earlier one or `taken` has already."""
    known = {taken}
    unique = []
    for name in names:
        while name in known:
            name += "_"
        known.add(name)
        unique.append(name)
    return unique
