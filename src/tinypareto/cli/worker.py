"""tinypareto worker."""

from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import STORAGE_VARIABLE, option, whole
from tinypareto.cli.output import show_json

EXAMPLES = """\
Examples:

  tinypareto search digits --storage postgresql://me@host/db --study digits

  tinypareto worker --storage postgresql://me@host/db --study digits

A password is better in PGPASSWORD or ~/.pgpass than on the command line.
"""


def worker(
    storage: Annotated[
        str,
        option("PostgreSQL database that the search was started with.", "URL", STORAGE_VARIABLE),
    ],
    study: Annotated[str, option("Name of the study in it.", "NAME")],
    data: Annotated[
        str | None, option("Where the search's data is here, if elsewhere.", "PATH")
    ] = None,
    data_dir: Annotated[
        str | None, option("Folder of downloaded data (the user's cache).", "DIR")
    ] = None,
    out: Annotated[
        Path | None, option("Keeps this worker's trials here too (not kept).", "DIR")
    ] = None,
    reuse: Annotated[
        list[str] | None,
        option(
            "Earlier result folder here, whose trials that would come out the same are not trained "
            "again; repeatable.",
            "DIR",
        ),
    ] = None,
    artifacts: Annotated[
        str | None, option("The search's artifact folder here, if elsewhere.", "DIR")
    ] = None,
    workers: Annotated[
        str | None, option("Processes that train at the same time (1).", "N")
    ] = None,
    threads: Annotated[str | None, option("Threads of torch and BLAS in each (1).", "N")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON at the end.")] = False,
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
        data_dir=data_dir,
        reuse=reuse or None,
        artifacts=artifacts,
        workers=whole(workers),
        threads=whole(threads),
    )
    if json:
        show_json({"study": study, "ended_here": done})
        return
    typer.echo(f"{done} trials ended here; all of the study have")
