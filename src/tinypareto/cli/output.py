"""Output of the commands."""

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from tinypareto.terminal import Printable, printable

if TYPE_CHECKING:
    from rich.console import RenderableType


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text on stdout, or on stderr, without the control characters that it may hold.

    Args:
        text: One line or more.
        err: Print on stderr.
        nl: End with a newline.
    """
    typer.echo(printable(text), err=err, nl=nl)


def fail(message: str, code: int) -> int:
    """Print one line on stderr and return the exit code."""
    say(f"error: {' '.join(message.split())}", err=True)
    return code


def show_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    say(json.dumps(value, indent=2))


def show(table: "RenderableType", *, err: bool = False) -> None:
    """Print a table on stdout, or on stderr."""
    from rich.console import Console

    # In a pipe there is no width to keep to.
    watched = (sys.stderr if err else sys.stdout).isatty()
    Console(width=None if watched else 200, stderr=err).print(Printable(table))
