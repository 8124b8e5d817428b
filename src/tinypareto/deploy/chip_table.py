"""Prints a verification as a table."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tinypareto.deploy.every_board import ManyBoards, over
from tinypareto.deploy.on_board import Verification
from tinypareto.targets.cores import core
from tinypareto.targets.measure import ChipRun
from tinypareto.targets.memory_size import format_memory

_COLUMNS = ("instructions", "MACs", "instructions\n/ MAC", "cycles\n(estimate)", "ms\n(estimate)")


def verification_table(verification: Verification) -> RenderableType:
    """Sizes, work by layer, and the result of the comparison."""
    board, equal = verification.board, verification.outputs - verification.mismatches
    title = (
        f"{verification.name} on {board.name} ({board.core}, "
        f"{board.clock_hz / 1e6:g} MHz), compiled by {verification.toolchain}"
    )
    lines = _sizes(verification)
    run = verification.measurement.run
    if run is None:
        return Group(*map(Text, [title, *lines]))
    lines.append(
        f"{equal} of {verification.outputs} output bytes equal the interpreter's "
        f"({verification.inputs})"
    )
    timing = core(board.core).timing
    if timing:
        lines.append(f"cycles are an estimate from counts, not a measurement: {timing.source}")
    else:
        lines.append(f"cycles are not estimated: there is no model of the time of {board.core}")
    return Group(Text(title), _layers(run, board.clock_hz), *map(Text, lines))


def boards_table(found: ManyBoards) -> RenderableType:
    """One row for each board: what the model takes, and by how much it does not fit."""
    table = Table()
    table.add_column("board")
    table.add_column("core")
    for column in ("Flash", "RAM", "ms\n(estimate)"):
        table.add_column(column, justify="right")
    table.add_column("fits")
    for chip in found.chips:
        flash, ram = chip.measurement.flash.total, chip.measurement.ram.total
        sizes = f"{flash:,}", f"{ram:,}", estimated_ms(chip)
        table.add_row(chip.board.name, chip.board.core, *sizes, fits(chip))
    left_out = [f"{name}: {reason}" for name, reason in (found.left_out | found.failed).items()]
    notes = {chip.not_run: chip.board.core for chip in found.chips if chip.not_run}
    lines = [f"{core}: sizes only, without the stack: {why}" for why, core in notes.items()]
    title = f"{found.name}: bytes of Flash and RAM; times are estimates from counts"
    return Group(Text(title), table, *map(Text, [*left_out, *lines]))


def estimated_ms(chip: Verification) -> str:
    """Milliseconds of one inference, or a dash."""
    run = chip.measurement.run
    if run is None or run.cycles is None:
        return "-"
    return f"{1000 * run.cycles / chip.board.clock_hz:.3f}"


def fits(chip: Verification) -> str:
    """Verdict on whether a program fits its board: yes, or by how many bytes it does not."""
    names = {"flash": "Flash", "ram": "RAM"}
    missing = [f"{names[key]} by {count:,}" for key, count in over(chip).items() if count]
    return f"no: {', '.join(missing)}" if missing else "yes"


def _sizes(verification: Verification) -> list[str]:
    board = verification.board
    flash, ram = verification.measurement.flash, verification.measurement.ram
    stack = "stack not measured" if ram.stack is None else f"stack {ram.stack}"
    return [
        f"Flash {flash.total} bytes: weights {flash.weights}, tables {flash.tables}, "
        f"code {flash.code}; the board has {format_memory(board.flash_bytes)}",
        f"RAM {ram.total} bytes: arena {ram.arena}, static {ram.static}, {stack}; "
        f"the board has {format_memory(board.ram_bytes)}",
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
