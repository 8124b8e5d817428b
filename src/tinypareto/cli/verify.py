"""tinypareto verify."""

from typing import TYPE_CHECKING, Annotated

import typer

from tinypareto.cli.options import Folder, Json, Toolchain, Trial, Trust, option, trust_if
from tinypareto.cli.output import fail, say, show

if TYPE_CHECKING:
    from tinypareto.deploy.on_board import Verification

EXAMPLES = """\
Examples:

  tinypareto verify runs/digits

  tinypareto verify runs/digits --all --board nrf52840-dk --json

Exit code 1: an output differs, the network does not fit the board, or it could not be run.
"""


def verify(
    folder: Folder,
    trial: Trial = None,
    everything: Annotated[bool, typer.Option("--all", help="All networks of the front.")] = False,
    board: Annotated[
        str | None,
        option("Board to run on, or my-board.toml (the search's, or nucleo-l4r5).", "NAME"),
    ] = None,
    toolchain: Toolchain = "zig",
    cases: Annotated[int, option("Inputs to compare (8).", "N")] = 8,
    trust: Trust = False,
    json: Json = False,
) -> int:
    """Compile a network for a board, run it in emulation, and compare every output byte."""
    trust_if(trust, folder)
    from tinypareto.deploy.verify import to_json
    from tinypareto.deploy.verify import verify as check

    done = check(
        folder,
        trial=trial,
        board_name=board,
        toolchain=toolchain,
        everything=everything,
        cases=cases,
    )
    if json:
        say(to_json(done))
    else:
        _print(done)
    problems = [one.problem for one in done if one.problem]
    for problem in problems:
        fail(problem, 1)
    return int(bool(problems))


def _print(done: list["Verification"]) -> None:
    from tinypareto.deploy.chip_table import verification_table

    for one in done:
        show(verification_table(one))
