"""tinypareto measure."""

from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import Json, Toolchain, option
from tinypareto.cli.output import fail, say, show

EXAMPLES = """\
Examples:

  tinypareto measure my.onnx --board nucleo-l4r5

  tinypareto measure my.onnx --board raspberry-pi-pico --json

The model is int8 with QuantizeLinear and DequantizeLinear: as quantize_static of
onnxruntime.quantization writes it (QuantFormat.QDQ), or tinypareto export. Exit code 1: an output
of the compiled C differs, a layer differs from ONNX Runtime by more than rounding explains, the
model does not fit the board, or it could not be run.
"""


def measure(
    model: Annotated[Path, typer.Argument(help="An int8 ONNX model.", metavar="MODEL")],
    board: Annotated[
        str, option("Board to run on: a name of tinypareto boards, or my-board.toml.", "NAME")
    ],
    toolchain: Toolchain = "zig",
    cases: Annotated[int, option("Random inputs to run (8).", "N")] = 8,
    json: Json = False,
) -> int:
    """Measure an int8 ONNX model from any tool on a board: sizes, instructions, arena."""
    from json import dumps

    from tinypareto.deploy.chip_table import verification_table
    from tinypareto.deploy.measure import measure_model

    done = measure_model(model, board, toolchain, cases)
    if json:
        say(dumps(done.to_dict(), indent=2))
    else:
        show(verification_table(done.chip))
        say(str(done.comparison))
    return fail(done.problem, 1) if done.problem else 0
