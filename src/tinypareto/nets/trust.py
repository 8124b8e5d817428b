"""Decides whose code may run as a custom network: the user's, and that of trusted folders.

A name `module:function` imports a module and calls a function. The user may name one on the command
line, in a TOML file or from Python. A result folder or a shared database may have been written by
anyone, so a name that stands only there is refused.
"""

from pathlib import Path

from tinypareto.errors import ConfigError

_named: set[str] = set()
"""Custom networks that the user of this process named."""
_folders: set[Path] = set()
"""Folders whose files may name any custom network."""


def name_by_user(net: object) -> None:
    """Allow a network, because the user of this process named it."""
    if isinstance(net, str) and ":" in net:
        _named.add(net)


def trust_folder(folder: str | Path) -> None:
    """Allow every network that a file of a folder names, for the rest of this process.

    Args:
        folder: A result folder whose author may run code here.
    """
    _folders.add(Path(folder).resolve())


def check_named(net: str, source: str | Path) -> None:
    """Refuse to run a custom network that only a file or a database names.

    Args:
        net: Name of a network; the families of tinypareto are always allowed.
        source: The file that names it, or a name of its origin for the message.

    Raises:
        ConfigError: Neither the user named the network, nor is the file in a trusted folder.
    """
    if ":" not in net or net in _named or _is_trusted(source):
        return
    raise ConfigError(
        f"net {net!r}: is code that {source} names and that would run; if you trust its author, "
        "add --trust (in Python tinypareto.nets.trust.trust_folder)"
    )


def _is_trusted(source: str | Path) -> bool:
    return isinstance(source, Path) and any(
        source.resolve().is_relative_to(folder) for folder in _folders
    )
