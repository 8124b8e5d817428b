"""The application: each command is one file of this package and one line below."""

from typing import Annotated

import typer

from tinypareto.cli import (
    baselines,
    bench,
    export,
    front,
    listing,
    measure,
    predict,
    report,
    reproduce,
    search,
    verify,
    worker,
)

_EXAMPLES = """\
Start with:

  tinypareto search digits

  tinypareto front runs/digits
"""

app = typer.Typer(
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


app.command(epilog=search.EXAMPLES)(search.search)
app.command(epilog=worker.EXAMPLES)(worker.worker)
app.command()(front.front)
app.command(epilog=verify.EXAMPLES)(verify.verify)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=predict.EXAMPLES)(predict.predict)
app.command(epilog=baselines.EXAMPLES)(baselines.baselines)
app.command(epilog=measure.EXAMPLES)(measure.measure)
app.command(epilog=reproduce.EXAMPLES)(reproduce.reproduce)
app.command(epilog=report.EXAMPLES)(report.report)
app.command()(listing.nets)
app.command()(listing.datasets)
app.command()(listing.boards)

_bench = typer.Typer(help="Compare solvers.", no_args_is_help=True)
_bench.command(epilog=bench.REPLAY_EXAMPLES)(bench.replay)
_bench.command(epilog=bench.RUN_EXAMPLES)(bench.run)
_bench.command("list")(bench.listing)
app.add_typer(_bench, name="bench")
