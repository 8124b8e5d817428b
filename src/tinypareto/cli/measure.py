"""tinypareto measure."""

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from tinypareto.cli.options import Json, Toolchain, option
from tinypareto.cli.output import fail, say, show

EXAMPLES = """\
Examples:

  tinypareto measure my.onnx --board nucleo-l4r5

  tinypareto measure my.tflite --board raspberry-pi-pico --json

  tinypareto measure my.tflite --board all

A .tflite model is int8 by full integer quantization, as the TensorFlow Lite converter, LiteRT or
Edge Impulse write it; an ONNX model has QuantizeLinear and DequantizeLinear, as quantize_static of
onnxruntime.quantization writes them (QuantFormat.QDQ). Exit code 1: an output of the compiled C
differs, a layer differs from the model's own runtime by more than rounding explains, the model does
not fit the board (with all: any board), or it could not be run.
"""


def measure(
    model: Annotated[
        Path, typer.Argument(help="An int8 model: .tflite or .onnx.", metavar="MODEL")
    ],
    board: Annotated[
        str, option("Board to run on: a name of tinypareto boards, my-board.toml, or all.", "NAME")
    ],
    toolchain: Toolchain = "zig",
    cases: Annotated[int, option("Random inputs to run (8).", "N")] = 8,
    json: Json = False,
) -> int:
    """Measure an int8 model from any tool on a board: sizes, instructions, arena."""
    from tinypareto.deploy.chip_table import verification_table
    from tinypareto.deploy.every_board import ALL
    from tinypareto.deploy.measure import measure_model

    if board == ALL:
        return _everywhere(model, toolchain, cases, json)
    done = measure_model(model, board, toolchain, cases)
    if json:
        say(dumps(done.to_dict(), indent=2))
    else:
        show(verification_table(done.chip))
        say(str(done.comparison))
    return fail(done.problem, 1) if done.problem else 0


def _everywhere(model: Path, toolchain: str, cases: int, json: bool) -> int:
    """Measure on every board of the registry."""
    from tinypareto.deploy.chip_table import boards_table
    from tinypareto.deploy.every_board import measure_everywhere

    done = measure_everywhere(model, toolchain, cases)
    if json:
        say(dumps(done.to_dict(), indent=2))
    else:
        show(boards_table(done))
        say(str(done.comparison))
    return fail(done.problem, 1) if done.problem else 0
