"""The application: each command is one file of this package and one line below."""

from typing import Annotated

import typer

from tinypareto.cli import (
    baselines,
    bench,
    export,
    front,
    init,
    listing,
    measure,
    predict,
    report,
    reproduce,
    search,
    verify,
    worker,
)
from tinypareto.cli.plain_help import PlainCommand, PlainGroup

_EXAMPLES = """\
Start with:

  tinypareto search digits

  tinypareto front runs/digits
"""

app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Find neural networks that really run on microcontrollers.",
    epilog=_EXAMPLES,
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from tinypareto import __version__

        typer.echo(f"tinypareto {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command(epilog=search.EXAMPLES, cls=PlainCommand)(search.search)
app.command(epilog=init.EXAMPLES, cls=PlainCommand)(init.init)
app.command(epilog=worker.EXAMPLES, cls=PlainCommand)(worker.worker)
app.command(cls=PlainCommand)(front.front)
app.command(epilog=verify.EXAMPLES, cls=PlainCommand)(verify.verify)
app.command(epilog=export.EXAMPLES, cls=PlainCommand)(export.export)
app.command(epilog=predict.EXAMPLES, cls=PlainCommand)(predict.predict)
app.command(epilog=baselines.EXAMPLES, cls=PlainCommand)(baselines.baselines)
app.command(epilog=measure.EXAMPLES, cls=PlainCommand)(measure.measure)
app.command(epilog=reproduce.EXAMPLES, cls=PlainCommand)(reproduce.reproduce)
app.command(epilog=report.EXAMPLES, cls=PlainCommand)(report.report)
app.command(cls=PlainCommand)(listing.nets)
app.command(cls=PlainCommand)(listing.datasets)
app.command(cls=PlainCommand)(listing.boards)

_bench = typer.Typer(cls=PlainGroup, help="Compare solvers.", no_args_is_help=True)
_bench.command(epilog=bench.REPLAY_EXAMPLES, cls=PlainCommand)(bench.replay)
_bench.command(epilog=bench.RUN_EXAMPLES, cls=PlainCommand)(bench.run)
_bench.command("list", cls=PlainCommand)(bench.listing)
app.add_typer(_bench, name="bench")
