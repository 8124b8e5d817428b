"""tinypareto nets, datasets and boards."""

from typing import Annotated, Any

import typer

from tinypareto.cli.options import Json
from tinypareto.cli.output import say, show_json


def nets(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Show its prunable layers too; a family, or your own module:function.",
            metavar="NAME",
        ),
    ] = None,
    shape: Annotated[
        str,
        typer.Option(
            help="Shape of one case: channels x length, or x height x width.", metavar="SHAPE"
        ),
    ] = "3x32x32",
    classes: Annotated[int, typer.Option(help="Number of outputs.", min=2, metavar="N")] = 10,
    json: Json = False,
) -> None:
    """List the network families, their settings, what is searched and what can be pruned."""
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
    say(
        "What is not searched by default keeps its default; --net-option fixes a setting, and "
        '"dscnn/width" = [16, 64] in the [space] table of a TOML file replaces an interval.'
    )


def _sides(shape: str) -> tuple[int, ...]:
    sides = tuple(int(side) for side in shape.split("x") if side.isdecimal())
    if len(sides) != shape.count("x") + 1:
        from tinypareto.errors import ConfigError

        raise ConfigError(f"--shape: got {shape!r}; wanted such as 3x32x32 or 4x65")
    return sides


def datasets(json: Json = False) -> None:
    """List the named data sets, the formats of files and folders, and their settings."""
    from tinypareto.data import FORMATS, SOURCES
    from tinypareto.data.formats import FILES
    from tinypareto.units import format_bytes, format_flops

    if json:
        sources = {"names": SOURCES, "formats": FORMATS}
        records: dict[str, Any] = {
            kind: {k: s.record() for k, s in found.items()} for kind, found in sources.items()
        }
        show_json({**records, "recordings": {k: form.summary for k, form in FILES.items()}})
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
    say("Recordings are files of these formats:")
    for ending, form in FILES.items():
        say(f"    *{ending}  {form.summary}")


def boards(json: Json = False) -> None:
    """List the boards whose flash and RAM can be limits.

    1 KB is 1024 bytes here, as in datasheets. A board of your own is a few lines of TOML:
    --board my-board.toml.
    """
    from tinypareto.targets.boards import BOARDS

    records = {name: board.record() for name, board in BOARDS.items()}
    if json:
        show_json(list(records.values()))
        return
    width = max(map(len, records))
    for name, record in records.items():
        typer.echo(f"{name:{width}}  {_board_line(record)}")


def _board_line(record: dict[str, Any]) -> str:
    memory, aliases = record["memory"], ", ".join(record["aliases"])
    done = [name for name in ("verified", "counted") if record[name]]
    can = " and ".join(done) or "sizes only"
    if record["missing"]:
        can = f"sizes only ({record['missing']})"
    parts = (
        f"{record['core']}, {record['clock_hz'] // 10**6} MHz",
        f"flash {memory['flash']}, RAM {memory['ram']}",
        can,
        f"latency {'estimated' if record['estimated'] else 'not estimated'}",
    )
    return "; ".join(parts) + (f"; also {aliases}" if aliases else "")
