"""Options of commands, and what their values are read as."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import typer

from tinypareto.errors import ConfigError

STORAGE_VARIABLE = "TINYPARETO_STORAGE"


def option(
    help: str, metavar: str = "TEXT", variable: str | None = None, panel: str | None = None
) -> Any:
    """An option whose default stands in its help, or in an environment variable."""
    return typer.Option(
        help=help, metavar=metavar, show_default=False, envvar=variable, rich_help_panel=panel
    )


def pairs(
    flag: str, texts: list[str] | None, example: str, read: Callable[[str], Any]
) -> dict[str, Any] | None:
    """NAME=VALUE texts of a repeatable flag by name; None where not given.

    Raises:
        ConfigError: A text is not NAME=VALUE.
    """
    if not texts:
        return None
    options: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{flag}: got {text!r}; wanted NAME=VALUE, such as {example}")
        options[name.strip()] = read(value)
    return options


def plain(text: str) -> bool | int | float | str:
    """The truth value or number that the text stands for, else the text."""
    if text in ("true", "false"):
        return text == "true"
    for read in (int, float):
        with suppress(ValueError):
            return read(text)
    return text


def whole(text: str | None) -> int | str | None:
    """The number, or what cannot be one for the configuration to refuse."""
    try:
        return text if text is None else int(text)
    except ValueError:
        return text
