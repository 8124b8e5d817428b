"""tinypareto nets, datasets and boards."""

from typing import Annotated

import typer


def nets(
    name: Annotated[
        str | None, typer.Argument(help="Show its prunable layers too.", metavar="[NAME]")
    ] = None,
) -> None:
    """List the network families, their settings and what can be pruned."""
    from tinypareto.nets import NETS, find
    from tinypareto.nets.listing import EXAMPLE, description

    for family in NETS.values() if name is None else [find(name)]:
        typer.echo(description(family, layers=name is not None) + "\n")
    typer.echo(f"Parameters and filters are those of the defaults with {EXAMPLE}.")


def datasets() -> None:
    """List the named data sets, the formats of files and folders, and their settings."""
    from tinypareto.data import FORMATS, SOURCES
    from tinypareto.units import format_bytes, format_flops

    for name, source in SOURCES.items():
        limits = (
            f"ROM {format_bytes(source.limits.rom_bytes)}, "
            f"RAM {format_bytes(source.limits.ram_bytes)}, "
            f"FLOPs {format_flops(source.limits.flops)}"
        )
        argument = f":{source.argument}" if source.argument else ""
        typer.echo(f"{name}{argument}  {source.summary}; default limits: {limits}")
    for ending, source in FORMATS.items():
        typer.echo(f"*{ending}  {source.summary}")
        for key, option in source.options.items():
            typer.echo(f"    {key}={option.default}  {option.summary}")


def boards() -> None:
    """List the boards whose flash and RAM can be limits."""
    from tinypareto.targets.boards import BOARDS
    from tinypareto.units import format_bytes

    width = max(map(len, BOARDS))
    for name, board in BOARDS.items():
        sizes = f"flash {format_bytes(board.flash_bytes)}, RAM {format_bytes(board.ram_bytes)}"
        typer.echo(f"{name:{width}}  {board.core}, {board.clock_hz // 10**6} MHz, {sizes}")
