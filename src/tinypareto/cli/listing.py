"""tinypareto nets, datasets and boards."""

from typing import Annotated

import typer

from tinypareto.cli.options import Json
from tinypareto.cli.output import say, show_json


def nets(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Show its prunable layers too; a family, or your own module:function.",
            metavar="[NAME]",
        ),
    ] = None,
    shape: Annotated[
        str, typer.Option(help="Shape of one case: channels x length, or x height x width.")
    ] = "3x32x32",
    classes: Annotated[int, typer.Option(help="Number of outputs.", min=2)] = 10,
    json: Json = False,
) -> None:
    """List the network families, their settings and what can be pruned."""
    from tinypareto.cli.net_listing import description, record
    from tinypareto.nets.registry import NETS, find

    sides = _sides(shape)
    chosen = list(NETS.values()) if name is None else [find(name)]
    records = [record(net, sides, classes) for net in chosen]
    if json:
        show_json(records)
        return
    for one in records:
        say(description(one, layers=name is not None) + "\n")
    say(f"Parameters and filters are those of the defaults with {shape}, {classes} classes.")


def _sides(shape: str) -> tuple[int, ...]:
    sides = tuple(int(side) for side in shape.split("x") if side.isdecimal())
    if len(sides) != shape.count("x") + 1:
        from tinypareto.errors import ConfigError

        raise ConfigError(f"--shape: got {shape!r}; wanted such as 3x32x32 or 4x65")
    return sides


def datasets(json: Json = False) -> None:
    """List the named data sets, the formats of files and folders, and their settings."""
    from tinypareto.data import FORMATS, SOURCES
    from tinypareto.units import format_bytes, format_flops

    if json:
        sources = {"names": SOURCES, "formats": FORMATS}
        show_json(
            {kind: {k: s.record() for k, s in found.items()} for kind, found in sources.items()}
        )
        return
    for name, source in SOURCES.items():
        limits = (
            f"ROM {format_bytes(source.limits.rom_bytes)}, "
            f"RAM {format_bytes(source.limits.ram_bytes)}, "
            f"FLOPs {format_flops(source.limits.flops)}"
        )
        argument = f":{source.argument}" if source.argument else ""
        say(f"{name}{argument}  {source.summary}; default limits: {limits}")
    for ending, source in FORMATS.items():
        say(f"*{ending}  {source.summary}")
        for key, option in source.options.items():
            say(f"    {key}={option.default}  {option.summary}")


def boards(json: Json = False) -> None:
    """List the boards whose flash and RAM can be limits."""
    from tinypareto.targets.boards import BOARDS
    from tinypareto.units import format_bytes

    if json:
        show_json([board.record() for board in BOARDS.values()])
        return
    width = max(map(len, BOARDS))
    for name, board in BOARDS.items():
        sizes = f"flash {format_bytes(board.flash_bytes)}, RAM {format_bytes(board.ram_bytes)}"
        latency = "estimated" if board.record()["cycle_model"] else "not estimated"
        clock = f"{board.clock_hz // 10**6} MHz"
        say(f"{name:{width}}  {board.core}, {clock}, {sizes}, latency {latency}")
