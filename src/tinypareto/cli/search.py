"""tinypareto search."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinypareto.cli.front import print_front
from tinypareto.cli.options import Trust, takes, trust_if, values
from tinypareto.cli.output import say
from tinypareto.config.model import OPTIONS
from tinypareto.config.option import RESULTS, SEARCH
from tinypareto.errors import TinyparetoError

if TYPE_CHECKING:
    from tinypareto.config import RunConfig
    from tinypareto.data.summary import Summary
    from tinypareto.results.front import Front

EXAMPLES = """\
Examples:

  tinypareto search digits

  tinypareto search ERing.npz --rom 64KB --ram 16KB --flops 5M --trials 60 --seed 1

  tinypareto search mine.npz --board nrf52840-dk --net dscnn --net-option width=32 --out first

  tinypareto search digits --board nucleo-l4r5 --latency 20ms --objectives accuracy,rom,latency

  tinypareto search ./recordings --data-option window=64 --net resnet8

  tinypareto search uea:ERing --net mobilenetv3

  tinypareto search mine.npz --net mypkg.mymodule:build --net-option width=16

  tinypareto search my.toml --seed 2

  tinypareto search runs/digits --resume --trials 80

  tinypareto search digits --rom 8KB --out runs/smaller --reuse runs/digits

  tinypareto search digits --storage postgresql://me@host/db --study digits
"""


@takes(*(key for key, option in OPTIONS.items() if option.panel))
def search(
    target: Annotated[
        str,
        typer.Argument(
            help="A data set's name, file or folder, a TOML file, or a run's folder to --resume.",
            metavar="TARGET",
        ),
    ],
    *,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue the run in the result folder.", rich_help_panel=SEARCH
        ),
    ] = False,
    trust: Trust = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report/--no-report", help="Write report.html at the end.", rich_help_panel=RESULTS
        ),
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print front.json at the end.", rich_help_panel=RESULTS)
    ] = False,
    **flags: Any,
) -> None:
    """Search a data set for the Pareto front of int8 networks under limits."""
    trust_if(trust, Path(target), Path(flags.get("out") or target))
    config = configure(target, values(flags), resume)
    found = _run(config, resume)
    if json:
        say(found.to_json(), nl=False)
    else:
        print_front(found)
    if report:
        _report(config)
    _say_next(found)


def configure(target: str, flags: Mapping[str, Any], resume: bool) -> "RunConfig":
    """Make the configuration of a search.

    Args:
        target: A data set's name, an .npz file, a TOML file, or the folder of a run to resume.
        flags: Values by key; None or absent where a flag is not given.
        resume: Start from the configuration in the result folder.

    Raises:
        InputError: Something cannot be used.
    """
    from tinypareto.config import FILE, resolve
    from tinypareto.config.resolve import check_servers
    from tinypareto.config.sources import from_flags, load_toml

    if (Path(target) / FILE).is_file():
        saved = load_toml(Path(target) / FILE)
        sources = (saved, from_flags({**flags, "out": flags.get("out") or target}))
    elif target.lower().endswith(".toml"):
        sources = (load_toml(Path(target)), from_flags(flags))
    else:
        return resolve(from_flags({"dataset": target, **flags}), resume=resume)
    config = resolve(*sources, resume=resume)
    check_servers(sources, config)
    return config


def _run(config: "RunConfig", resume: bool) -> "Front":
    from rich.console import Console

    from tinypareto.data import load
    from tinypareto.study.progress import reporter_for

    dataset = load(config.dataset, config.data_options, config.data_dir, config.task)
    for note in dataset.notes:
        say(f"note: {dataset.name}: {note}", err=True)
    from tinypareto.study.search_loop import run

    def announce(summary: "Summary") -> None:
        for line in summary.lines():
            typer.echo(f"data: {dataset.name}: {line}", err=True)
        for note in summary.notes[len(dataset.notes) :]:
            typer.echo(f"note: {dataset.name}: {note}", err=True)

    def announce_plan(lines: list[str]) -> None:
        for line in lines:
            typer.echo(f"search: {line}", err=True)

    def announce_final(number: int) -> None:
        typer.echo(f"finals: trial {number} was trained again", err=True)

    try:
        return run(
            config,
            dataset,
            reporter_for(Console(stderr=True)),
            resume=resume,
            announce=announce,
            announce_plan=announce_plan,
            announce_final=announce_final,
        )
    except KeyboardInterrupt:
        _show_so_far(config)
        raise


def _show_so_far(config: "RunConfig") -> None:
    """Show the front of an interrupted search, if it has one."""
    from tinypareto.errors import ResultFolderError
    from tinypareto.results.front_file import read_front

    with suppress(ResultFolderError):
        found = read_front(config.out)
        if found.points:
            print_front(found, err=True)
            _say_next(found)
    say(f"interrupted; add --resume to continue in {config.out}", err=True)


def _say_next(found: "Front") -> None:
    from tinypareto.cli.next_steps import next_steps

    for line in next_steps(found):
        say(line, err=True)


def _report(config: "RunConfig") -> None:
    from contextlib import closing

    from tinypareto.report import write_report
    from tinypareto.study.dashboard import attach_report
    from tinypareto.study.search_loop import open_storage

    try:
        with closing(open_storage(config)) as storage:
            written = write_report(config.out, storage=storage)
            if config.storage is None:
                attach_report(config.out, storage, written)
    except (TinyparetoError, OSError) as error:
        # The search is done; its results must not look lost.
        say(f"note: no report: {error}", err=True)
    else:
        say(f"report: {written}", err=True)
