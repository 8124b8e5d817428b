"""Output of the commands."""

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType


def fail(message: str, code: int) -> int:
    """Print one line on stderr and return the exit code."""
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return code


def show_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2))


def show(table: "RenderableType") -> None:
    """Print a table on stdout."""
    from rich.console import Console

    # In a pipe there is no width to keep to.
    Console(width=None if sys.stdout.isatty() else 200).print(table)
