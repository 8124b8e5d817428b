"""tinypareto predict."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tinypareto.cli.options import Folder, Json, Trial, Trust, option, takes, trust_if, values
from tinypareto.cli.output import say

EXAMPLES = """\
Examples:

  tinypareto predict runs/digits new.npz

  tinypareto predict runs/motion ./new-recordings --out predictions.csv

Recordings and images are read as by the search, with its window and rate. An .npz file may hold X,
raw values as in training, and y if the targets are known (or X_test, y_test).
"""


@takes("data_options")
def predict(
    folder: Folder,
    data: Annotated[
        str, typer.Argument(help="A file, a folder or a data set's name.", metavar="DATA")
    ],
    trial: Trial = None,
    out: Annotated[Path | None, option("CSV file to write.", "FILE")] = None,
    trust: Trust = False,
    json: Json = False,
    **flags: Any,
) -> None:
    """Classify or estimate with the integer network, exactly as the chip does."""
    trust_if(trust, folder)
    from tinypareto.atomic_files import write_atomic
    from tinypareto.deploy.predictions import label

    done = label(folder, data, trial, values(flags)["data_options"])
    for note in done.notes:
        say(f"note: {data}: {note}", err=True)
    if out is not None:
        write_atomic(out, done.to_csv())
    if json:
        say(done.to_json())
    elif out is None:
        say(done.to_csv(), nl=False)
    if done.said is not None and not json:
        say(done.said, err=True)
