"""tinypareto report."""

from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import Json, Source, Trust, flag, option, trust_if
from tinypareto.cli.output import say, show_json

EXAMPLES = """\
Examples:

  tinypareto report runs/digits

  tinypareto report runs/digits --out digits.html --open

  tinypareto report my.tflite --open
"""


def report(
    source: Source,
    out: Annotated[
        Path | None, option("The file to write (DIR/report.html, or MODEL.html).", "FILE")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    storage: Annotated[
        str | None, flag("storage", "Database to connect to, where the search has one.")
    ] = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Write one HTML file that shows a search with every network, or a model of another tool."""
    from tinypareto.deploy.imported import is_model
    from tinypareto.report import write_model_report, write_report
    from tinypareto.units import format_bytes

    trust_if(trust, source)
    if is_model(source):
        file = write_model_report(source, out).absolute()
    else:
        file = write_report(source, out, database=storage).absolute()
    if json:
        show_json({"report": str(file), "bytes": file.stat().st_size})
    else:
        say(f"{file}: {format_bytes(file.stat().st_size)}")
    if show:
        typer.launch(file.as_uri())
