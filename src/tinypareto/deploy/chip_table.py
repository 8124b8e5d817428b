"""A verification as a table for people."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tinypareto.deploy.on_board import Verification
from tinypareto.targets.cores import core
from tinypareto.targets.measure import ChipRun
from tinypareto.units import format_bytes

_COLUMNS = ("instructions", "MACs", "instructions\n/ MAC", "cycles\n(estimate)", "ms\n(estimate)")


def verification_table(done: Verification) -> RenderableType:
    """Sizes, work by layer, and what the comparison gave."""
    title = (
        f"{done.name} on {done.board.name} ({done.board.core}, "
        f"{done.board.clock_hz / 1e6:g} MHz), compiled by {done.toolchain}"
    )
    lines = _sizes(done)
    run = done.measurement.run
    if run is None:
        return Group(*map(Text, [title, *lines]))
    lines.append(
        f"{done.outputs - done.mismatches} of {done.outputs} output bytes equal the interpreter's "
        f"({done.inputs})"
    )
    timing = core(done.board.core).timing
    if timing:
        lines.append(f"cycles are an estimate from counts, not a measurement: {timing.source}")
    return Group(Text(title), _layers(run, done.board.clock_hz), *map(Text, lines))


def _sizes(done: Verification) -> list[str]:
    flash, ram = done.measurement.flash, done.measurement.ram
    stack = "stack not measured" if ram.stack is None else f"stack {ram.stack}"
    return [
        f"Flash {flash.total} bytes: weights {flash.weights}, tables {flash.tables}, "
        f"code {flash.code}; the board has {format_bytes(done.board.flash_bytes)}",
        f"RAM {ram.total} bytes: arena {ram.arena}, static {ram.static}, {stack}; "
        f"the board has {format_bytes(done.board.ram_bytes)}",
    ]


def _layers(run: ChipRun, clock_hz: int) -> Table:
    table = Table(show_footer=True)
    table.add_column("layer", "total")
    table.add_column("operator")
    totals = _row(run.instructions, run.macs, run.cycles, clock_hz)
    for column, total in zip(_COLUMNS, totals, strict=True):
        table.add_column(column, total, justify="right")
    for row in run.layers:
        cells = _row(row.instructions, row.macs, row.cycles, clock_hz)
        table.add_row(Text(row.layer), row.kind, *cells)
    return table


def _row(instructions: int, macs: int, cycles: float | None, clock_hz: int) -> list[str]:
    return [
        f"{instructions:,}",
        f"{macs:,}",
        f"{instructions / macs:.2f}" if macs else "-",
        "-" if cycles is None else f"{cycles:,.0f}",
        "-" if cycles is None else f"{1000 * cycles / clock_hz:.3f}",
    ]
