"""tinypareto verify."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinypareto.cli.options import Json, Source, Toolchain, Trial, Trust, option, trust_if
from tinypareto.cli.output import fail, say, show

if TYPE_CHECKING:
    from tinypareto.deploy.on_board import Verification

EXAMPLES = """\
Examples:

  tinypareto verify runs/digits

  tinypareto verify runs/digits --all --board nrf52840-dk --json

  tinypareto verify my.tflite --board nucleo-l4r5

Exit code 1: an output differs, the network does not fit the board, or it could not be run.
"""


def verify(
    source: Source,
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
    trust_if(trust, source)
    from tinypareto.deploy.imported import is_model

    if is_model(source):
        return _verify_model(source, trial, everything, board, toolchain, cases, json)
    from tinypareto.deploy.verify import to_json
    from tinypareto.deploy.verify import verify as check

    done = check(
        source,
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


def _verify_model(
    model: Path,
    trial: int | None,
    everything: bool,
    board: str | None,
    toolchain: str,
    cases: int,
    json: bool,
) -> int:
    """Verify a model of another tool, which is what `measure` does."""
    from tinypareto.cli.measure import measure
    from tinypareto.deploy.verify import DEFAULT_BOARD
    from tinypareto.errors import ConfigError

    if everything or trial is not None:
        option = "--all" if everything else "--trial"
        raise ConfigError(f"{option}: {model} is a file and holds one network; leave it out")
    return measure(model, board or DEFAULT_BOARD, toolchain, cases, json)


def _print(done: list["Verification"]) -> None:
    from tinypareto.deploy.chip_table import verification_table

    for one in done:
        show(verification_table(one))
