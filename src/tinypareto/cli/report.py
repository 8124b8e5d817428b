"""tinypareto report."""

from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import Folder, Json, Trust, flag, option, trust_if
from tinypareto.cli.output import say, show_json

EXAMPLES = """\
Examples:

  tinypareto report runs/digits

  tinypareto report runs/digits --out digits.html --open
"""


def report(
    folder: Folder,
    out: Annotated[Path | None, option("The file to write (DIR/report.html).", "FILE")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    storage: Annotated[
        str | None, flag("storage", "Database to connect to, where the search has one.")
    ] = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Write one HTML file that shows the search, its front and every network."""
    from tinypareto.report import write_report

    trust_if(trust, folder)
    file = write_report(folder, out, database=storage).absolute()
    if json:
        show_json({"report": str(file), "bytes": file.stat().st_size})
    else:
        say(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    if show:
        typer.launch(file.as_uri())
