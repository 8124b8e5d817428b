"""Values that the text of a command-line flag stands for."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tinypareto.errors import ConfigError


def pairs(flag: str, texts: list[str], example: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """Values by name of the NAME=VALUE texts of a repeatable flag.

    Raises:
        ConfigError: A text is not NAME=VALUE.
    """
    options: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{flag}: got {text!r}; wanted NAME=VALUE, such as {example}")
        options[name.strip()] = read(value)
    return options


def plain(text: str) -> bool | int | float | str:
    """The truth value or number that the text stands for, otherwise the text."""
    if text in ("true", "false"):
        return text == "true"
    for read in (int, float):
        with suppress(ValueError):
            return read(text)
    return text


def whole(text: str) -> int | str:
    """The whole number that the text stands for, otherwise the text."""
    with suppress(ValueError):
        return int(text)
    return text
