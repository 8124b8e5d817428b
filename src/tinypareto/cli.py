"""The command line: parse, call, print.

Exit codes: 0 done, 1 the run failed, 2 bad input, 130 interrupted.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinypareto.errors import ConfigError, InputError, TinyparetoError

# A module that imports torch, NumPy or rich is imported where it is used: --help must not wait.
if TYPE_CHECKING:
    from rich.console import RenderableType

    from tinypareto.config import RunConfig
    from tinypareto.front import Front
    from tinypareto.verify import Verification

_SEARCH_EXAMPLES = """\
Examples:

  tinypareto search digits

  tinypareto search ERing.npz --rom 64KB --ram 16KB --flops 5M --trials 60 --seed 1

  tinypareto search mine.npz --board nrf52840-dk --net-option width=32 --out runs/first

  tinypareto search ./recordings --data-option window=64 --net resnet8

  tinypareto search uea:ERing --net mobilenetv3

  tinypareto search my.toml --seed 2

  tinypareto search runs/digits --resume --trials 80
"""
_VERIFY_EXAMPLES = """\
Examples:

  tinypareto verify runs/digits

  tinypareto verify runs/digits --all --board nrf52840-dk --json

Exit code 1: an output differs, the network does not fit the board, or it could not be run.
"""
_EXAMPLES = """\
Start with:

  tinypareto search digits

  tinypareto front runs/digits
"""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Find neural networks that really run on microcontrollers.",
    epilog=_EXAMPLES,
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from tinypareto import __version__

        typer.echo(f"tinypareto {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _option(help: str, metavar: str = "TEXT") -> Any:
    return typer.Option(help=help, metavar=metavar, show_default=False)


@app.command(epilog=_SEARCH_EXAMPLES)
def search(
    target: Annotated[
        str,
        typer.Argument(
            help="A data set's name, file or folder, a TOML file, or a run's folder to --resume.",
            metavar="TARGET",
        ),
    ],
    net: Annotated[
        str | None, _option("Network family (dscnn); see tinypareto nets.", "NAME")
    ] = None,
    net_option: Annotated[
        list[str] | None, _option("Setting of the family; repeatable.", "NAME=VALUE")
    ] = None,
    data_option: Annotated[
        list[str] | None,
        _option("Setting of the data's source; repeatable; see tinypareto datasets.", "NAME=VALUE"),
    ] = None,
    data_dir: Annotated[
        str | None, _option("Folder of downloaded data (the user's cache).", "DIR")
    ] = None,
    rom: Annotated[
        str | None, _option("Limit on weights and tables, such as 64KB.", "SIZE")
    ] = None,
    ram: Annotated[str | None, _option("Limit on the arena, such as 16KB.", "SIZE")] = None,
    flops: Annotated[str | None, _option("Limit on 2 x MACs, such as 5M.", "COUNT")] = None,
    board: Annotated[
        str | None, _option("Measure on a board, in its limits; see tinypareto boards.", "NAME")
    ] = None,
    trials: Annotated[str | None, _option("Candidates to try (30).", "N")] = None,
    seed: Annotated[str | None, _option("Of everything random (0).", "N")] = None,
    preset: Annotated[
        str | None, _option("Intervals to search: default, or paper (Deutel 2023).", "NAME")
    ] = None,
    select_on: Annotated[
        str | None,
        _option("What steers the search: validation, or test (paper's protocol).", "NAME"),
    ] = None,
    sampler: Annotated[
        str | None, _option("What proposes candidates: ars or random.", "NAME")
    ] = None,
    workers: Annotated[
        str | None, _option("Processes that train at the same time (1).", "N")
    ] = None,
    threads: Annotated[str | None, _option("Threads of torch and BLAS in each (1).", "N")] = None,
    out: Annotated[str | None, _option("Result folder (runs/<data set>).", "DIR")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the run in the result folder.")
    ] = False,
) -> None:
    """Search a data set for the Pareto front of int8 networks under limits."""
    flags = {
        "net": net,
        "net_options": _pairs("--net-option", net_option, "width=32"),
        "data_options": _pairs("--data-option", data_option, "window=128"),
        "data_dir": data_dir,
        "rom": rom,
        "ram": ram,
        "flops": flops,
        "board": board,
        "trials": _whole(trials),
        "seed": _whole(seed),
        "preset": preset,
        "select_on": select_on,
        "sampler": sampler,
        "workers": _whole(workers),
        "threads": _whole(threads),
        "out": out,
    }
    _search(configure(target, flags, resume), resume)


@app.command()
def front(
    folder: Annotated[Path, typer.Argument(help="A result folder.", metavar="DIR")],
    json: Annotated[bool, typer.Option("--json", help="Print front.json instead.")] = False,
) -> None:
    """Print the front of a result folder again."""
    from tinypareto.front import read_front

    found = read_front(folder)
    if json:
        typer.echo(found.to_json(), nl=False)
    else:
        _print_front(found)


@app.command(epilog=_VERIFY_EXAMPLES)
def verify(
    folder: Annotated[Path, typer.Argument(help="A result folder.", metavar="DIR")],
    trial: Annotated[
        int | None, _option("A network of the front (the one of best accuracy).", "N")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All networks of the front.")] = False,
    board: Annotated[
        str | None, _option("Where it is to run (the search's, or nucleo-l4r5).", "NAME")
    ] = None,
    toolchain: Annotated[
        str, _option("zig, or gcc for the arm-none-eabi-gcc on the PATH (zig).", "NAME")
    ] = "zig",
    cases: Annotated[int, _option("Inputs to compare (8).", "N")] = 8,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> int:
    """Compile a network for a board, run it in emulation, and compare every output byte."""
    from tinypareto.verify import to_json
    from tinypareto.verify import verify as check

    done = check(
        folder,
        trial=trial,
        board_name=board,
        toolchain=toolchain,
        everything=everything,
        cases=cases,
    )
    if json:
        typer.echo(to_json(done))
    else:
        _print_verifications(done)
    problems = [one.problem for one in done if one.problem]
    for problem in problems:
        _fail(problem, 1)
    return int(bool(problems))


@app.command()
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


@app.command()
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


@app.command()
def boards() -> None:
    """List the boards whose flash and RAM can be limits."""
    from tinypareto.targets.boards import BOARDS
    from tinypareto.units import format_bytes

    width = max(map(len, BOARDS))
    for name, board in BOARDS.items():
        sizes = f"flash {format_bytes(board.flash_bytes)}, RAM {format_bytes(board.ram_bytes)}"
        typer.echo(f"{name:{width}}  {board.core}, {board.clock_hz // 10**6} MHz, {sizes}")


_bench = typer.Typer(help="Compare solvers.", no_args_is_help=True)
app.add_typer(_bench, name="bench")


@_bench.command()
def replay(
    tables: Annotated[list[Path], typer.Argument(help="Tables of real evaluations, .csv.gz.")],
    solvers: Annotated[str, typer.Option(help="Names, with commas.")] = "ars,gp,tpe,random",
    seeds: Annotated[int, typer.Option(help="Studies per solver and table.", min=1)] = 3,
    trials: Annotated[int, typer.Option(help="Of each study.", min=1)] = 80,
    feasible: Annotated[
        float, typer.Option(help="Share of the space within the limits.", min=0.01, max=1.0)
    ] = 1 / 3,
    out: Annotated[Path, typer.Option(help="CSV to go on with.")] = Path("replay.csv"),
) -> None:
    """Rank solvers on replayed searches; a CSV that is there is continued."""
    from tinypareto.bench.compare import compare, read_rows, table
    from tinypareto.bench.replay import Replay

    problems = {
        f"{path.name.partition('.')[0]}-{feasible:.2f}": Replay(path, feasible) for path in tables
    }
    for row in compare(problems, solvers.split(","), seeds, trials, out):
        told = (row[key] for key in ("problem", "solver", "seed", "n", "hypervolume"))
        typer.echo("  ".join(told), err=True)
    for name, problem in problems.items():
        typer.echo("\n".join([f"{name}: {problem.fidelity}", "", *table(read_rows(out), name), ""]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; errors become one line on stderr."""
    try:
        code = app(args=arguments, prog_name="tinypareto", standalone_mode=False)
    except typer.TyperException as error:
        return _fail(f"{error.format_message().rstrip('.')}; see tinypareto --help", 2)
    except InputError as error:
        return _fail(str(error), 2)
    except TinyparetoError as error:
        return _fail(str(error), 1)
    except OSError as error:
        return _fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return 130
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return code


def _pairs(flag: str, texts: list[str] | None, example: str) -> dict[str, Any] | None:
    if not texts:
        return None
    options: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{flag}: got {text!r}; wanted NAME=VALUE, such as {example}")
        options[name.strip()] = _whole(value)
    return options


def _whole(text: str | None) -> int | str | None:
    """The number, or what cannot be one for the configuration to refuse."""
    try:
        return text if text is None else int(text)
    except ValueError:
        return text


def configure(target: str, flags: dict[str, Any], resume: bool) -> "RunConfig":
    """The configuration of a search.

    Args:
        target: A data set's name, an .npz file, a TOML file, or the folder of a run to resume.
        flags: Values by key; None where not given.
        resume: Start from the configuration that the result folder holds.

    Raises:
        InputError: Something cannot be used.
    """
    from tinypareto.config import FILE, resolve
    from tinypareto.given import from_flags, load_toml

    if (Path(target) / FILE).is_file():
        given = [
            load_toml(Path(target) / FILE),
            from_flags({**flags, "out": flags["out"] or target}),
        ]
    elif target.lower().endswith(".toml"):
        given = [load_toml(Path(target)), from_flags(flags)]
    else:
        given = [from_flags({"dataset": target, **flags})]
    return resolve(*given, resume=resume)


def _search(config: "RunConfig", resume: bool) -> None:
    from rich.console import Console

    from tinypareto.data import load
    from tinypareto.progress import reporter_for

    dataset = load(config.dataset, config.data_options, config.data_dir)
    for note in dataset.notes:
        typer.echo(f"note: {dataset.name}: {note}", err=True)
    from tinypareto.search_loop import run

    try:
        found = run(config, dataset, reporter_for(Console(stderr=True)), resume=resume)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; add --resume to continue in {config.out}", err=True)
        raise
    _print_front(found)


def _print_front(found: "Front") -> None:
    from tinypareto.table import front_table

    _print(front_table(found))


def _print_verifications(done: list["Verification"]) -> None:
    from tinypareto.chip_table import verification_table

    for one in done:
        _print(verification_table(one))


def _print(what: "RenderableType") -> None:
    from rich.console import Console

    # In a pipe there is no width to keep to.
    Console(width=None if sys.stdout.isatty() else 200).print(what)


if __name__ == "__main__":
    sys.exit(main())
