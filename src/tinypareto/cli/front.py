"""tinypareto front."""

from typing import TYPE_CHECKING, Annotated

import typer

from tinypareto.cli.options import Folder
from tinypareto.cli.output import say, show

if TYPE_CHECKING:
    from tinypareto.results.front import Front


def front(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="Print front.json instead.")] = False,
) -> None:
    """Print the front of a result folder again."""
    from tinypareto.results.front_file import read_front

    found = read_front(folder)
    if json:
        say(found.to_json(), nl=False)
    else:
        print_front(found)


def print_front(found: "Front", *, err: bool = False) -> None:
    """Print the table of a front on stdout, or on stderr."""
    from tinypareto.cli.front_table import front_table

    show(front_table(found), err=err)
