"""tinypareto export."""

from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import Json, Source, Trial, Trust, option, trust_if
from tinypareto.cli.output import say

EXAMPLES = """\
Examples:

  tinypareto export runs/digits --format arduino

  tinypareto export runs/digits --trial 7 --format arduino --out digits_arduino

  tinypareto export my.tflite --name kws --format arduino --out kws_arduino
"""


def export(
    source: Source,
    out: Annotated[Path | None, option("Folder to write (such as digits_c).", "DIR")] = None,
    trial: Trial = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="c, arduino, platformio, zephyr, cmsis-pack, onnx, tflite or python (c).",
            metavar="NAME",
            show_default=False,
        ),
    ] = "c",
    name: Annotated[
        str | None,
        option("Prefix of all symbols, macros and files, instead of model.", "NAME"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that is not empty.")
    ] = False,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Export a network as C, as a library, as ONNX or TensorFlow Lite, or as Python."""
    trust_if(trust, source)
    from json import dumps

    from tinypareto.deploy.export import export as write

    out = out or Path(f"{source.absolute().stem}_{form}")
    files = write(source, out, form, trial=trial, name=name, force=force)
    if json:
        names = [str(file.relative_to(out)) for file in files]
        say(dumps({"out": str(out), "format": form, "files": names}, indent=2))
    else:
        say(f"{out}: {len(files)} files as {form}; start with {out / 'README.md'}")
