"""tinypareto worker."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tinypareto.cli.options import flag, option, takes, values
from tinypareto.cli.output import say, show_json
from tinypareto.config.option import NETWORK, RESULTS

EXAMPLES = """\
Examples:

  tinypareto search digits --storage postgresql://me@host/db --study digits

  tinypareto worker --storage postgresql://me@host/db --study digits

A password is better in PGPASSWORD or ~/.pgpass than on the command line.
"""


@takes("data_dir", "reuse", "workers", "threads")
def worker(
    storage: Annotated[
        str, flag("storage", "PostgreSQL database that the search was started with.")
    ],
    study: Annotated[str, flag("study", "Name of the study in it.")],
    *,
    data: Annotated[
        str | None,
        option("Location of the search's data on this machine, if it differs.", "PATH", NETWORK),
    ] = None,
    out: Annotated[
        Path | None, flag("out", "Folder that keeps the files of this worker's trials too (none).")
    ] = None,
    artifacts: Annotated[
        str | None,
        flag("artifacts", "The search's artifact folder on this machine, if it differs."),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run code that the study names (net = module:function)."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON at the end.", rich_help_panel=RESULTS)
    ] = False,
    **flags: Any,
) -> None:
    """Take part in a search from any machine, until all its trials have ended."""
    from rich.console import Console

    from tinypareto.study.progress import reporter_for
    from tinypareto.study.remote_worker import run_worker

    done = run_worker(
        storage,
        study,
        reporter_for(Console(stderr=True)),
        out=out,
        dataset=data,
        artifacts=artifacts,
        trust=trust,
        **values(flags),
    )
    if json:
        show_json({"study": study, "ended_here": done})
        return
    say(f"{done} trials ended here; all of the study have")
