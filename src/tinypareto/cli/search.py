"""tinypareto search."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinypareto.cli.front import print_front
from tinypareto.cli.options import STORAGE_VARIABLE, option, pairs, plain, whole
from tinypareto.errors import TinyparetoError

if TYPE_CHECKING:
    from tinypareto.config import RunConfig
    from tinypareto.results.front import Front

EXAMPLES = """\
Examples:

  tinypareto search digits

  tinypareto search ERing.npz --rom 64KB --ram 16KB --flops 5M --trials 60 --seed 1

  tinypareto search mine.npz --board nrf52840-dk --net-option width=32 --out runs/first

  tinypareto search digits --board nucleo-l4r5 --latency 20ms --objectives accuracy,rom,latency

  tinypareto search ./recordings --data-option window=64 --net resnet8

  tinypareto search uea:ERing --net mobilenetv3

  tinypareto search mine.npz --net mypkg.mymodule:build --net-option width=16

  tinypareto search my.toml --seed 2

  tinypareto search runs/digits --resume --trials 80

  tinypareto search digits --rom 8KB --out runs/smaller --reuse runs/digits

  tinypareto search digits --storage postgresql://me@host/db --study digits
"""

NETWORK = "Data and network"
LIMITS = "Limits and objectives"
SEARCH = "Search"
MACHINES = "Machines"
RESULTS = "Results"


def search(
    target: Annotated[
        str,
        typer.Argument(
            help="A data set's name, file or folder, a TOML file, or a run's folder to --resume.",
            metavar="TARGET",
        ),
    ],
    net: Annotated[
        str | None,
        option(
            "Network family (dscnn; see tinypareto nets), or your own: module:function.",
            "NAME",
            panel=NETWORK,
        ),
    ] = None,
    net_option: Annotated[
        list[str] | None, option("Setting of the network; repeatable.", "NAME=VALUE", panel=NETWORK)
    ] = None,
    data_option: Annotated[
        list[str] | None,
        option(
            "Setting of the data's source; repeatable; see tinypareto datasets.",
            "NAME=VALUE",
            panel=NETWORK,
        ),
    ] = None,
    data_dir: Annotated[
        str | None, option("Folder of downloaded data (the user's cache).", "DIR", panel=NETWORK)
    ] = None,
    rom: Annotated[
        str | None, option("Limit on weights and tables, such as 64KB.", "SIZE", panel=LIMITS)
    ] = None,
    ram: Annotated[
        str | None, option("Limit on the arena, such as 16KB.", "SIZE", panel=LIMITS)
    ] = None,
    flops: Annotated[
        str | None, option("Limit on 2 x MACs, such as 5M.", "COUNT", panel=LIMITS)
    ] = None,
    latency: Annotated[
        str | None, option("Limit on the estimate for --board, such as 20ms.", "TIME", panel=LIMITS)
    ] = None,
    objectives: Annotated[
        str | None,
        option(
            "Any of accuracy,rom,ram,flops,latency, with commas (the first four).",
            "NAMES",
            panel=LIMITS,
        ),
    ] = None,
    board: Annotated[
        str | None,
        option("Measure on a board, in its limits; see tinypareto boards.", "NAME", panel=LIMITS),
    ] = None,
    trials: Annotated[str | None, option("Candidates to try (30).", "N", panel=SEARCH)] = None,
    seed: Annotated[str | None, option("Of everything random (0).", "N", panel=SEARCH)] = None,
    preset: Annotated[
        str | None,
        option("Intervals to search: default, or paper (Deutel 2023).", "NAME", panel=SEARCH),
    ] = None,
    select_on: Annotated[
        str | None,
        option(
            "What steers the search: validation, or test (paper's protocol).", "NAME", panel=SEARCH
        ),
    ] = None,
    sampler: Annotated[
        str | None,
        option(
            "What proposes candidates: ars, or to compare paper, parego, gp, tpe, nsga2, random.",
            "NAME",
            panel=SEARCH,
        ),
    ] = None,
    early_stopping: Annotated[
        bool | None,
        typer.Option(
            "--early-stopping/--no-early-stopping",
            help="End trials that cannot add to the hypervolume (no).",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    warm_start: Annotated[
        bool | None,
        typer.Option(
            "--warm-start/--no-warm-start",
            help="Start from the weights of the unpruned network, for shorter epochs (no).",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    workers: Annotated[
        str | None, option("Processes that train at the same time (1).", "N", panel=MACHINES)
    ] = None,
    threads: Annotated[
        str | None, option("Threads of torch and BLAS in each (1).", "N", panel=MACHINES)
    ] = None,
    out: Annotated[
        str | None, option("Result folder (runs/<data set>).", "DIR", panel=RESULTS)
    ] = None,
    reuse: Annotated[
        list[str] | None,
        option(
            "Earlier result folder, whose trials that would come out the same are not trained "
            "again; repeatable.",
            "DIR",
            panel=RESULTS,
        ),
    ] = None,
    storage: Annotated[
        str | None,
        option(
            "PostgreSQL database for workers anywhere (a file).",
            "URL",
            STORAGE_VARIABLE,
            panel=MACHINES,
        ),
    ] = None,
    study: Annotated[
        str | None, option("Its name there (that of the folder).", "NAME", panel=MACHINES)
    ] = None,
    artifacts: Annotated[
        str | None,
        option(
            "Where workers put their files: a folder, or s3://bucket (OUT/artifacts).",
            "URL",
            panel=MACHINES,
        ),
    ] = None,
    heartbeat: Annotated[
        str | None,
        option("Seconds from one sign of life of a worker to the next (10).", "N", panel=MACHINES),
    ] = None,
    ray: Annotated[
        str | None,
        option("Train on a Ray cluster: auto, local, or its address.", "ADDRESS", panel=MACHINES),
    ] = None,
    ray_cpus: Annotated[
        str | None, option("Cores for a candidate there (1).", "N", panel=MACHINES)
    ] = None,
    ray_gpus: Annotated[
        str | None, option("GPUs for a candidate there (0).", "N", panel=MACHINES)
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue the run in the result folder.", rich_help_panel=SEARCH
        ),
    ] = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report/--no-report", help="Write report.html at the end.", rich_help_panel=RESULTS
        ),
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print front.json at the end.", rich_help_panel=RESULTS)
    ] = False,
) -> None:
    """Search a data set for the Pareto front of int8 networks under limits."""
    flags = {
        "net": net,
        "net_options": pairs("--net-option", net_option, "width=32", plain),
        "data_options": pairs("--data-option", data_option, "window=128", whole),
        "data_dir": data_dir,
        "rom": rom,
        "ram": ram,
        "flops": flops,
        "latency": latency,
        "objectives": objectives,
        "board": board,
        "early_stopping": early_stopping,
        "warm_start": warm_start,
        "trials": whole(trials),
        "seed": whole(seed),
        "preset": preset,
        "select_on": select_on,
        "sampler": sampler,
        "workers": whole(workers),
        "threads": whole(threads),
        "out": out,
        "reuse": reuse or None,
        "storage": storage,
        "study": study,
        "artifacts": artifacts,
        "heartbeat": whole(heartbeat),
        "ray": ray,
        "ray_cpus": ray_cpus and plain(ray_cpus),
        "ray_gpus": ray_gpus and plain(ray_gpus),
    }
    config = configure(target, flags, resume)
    found = _run(config, resume)
    if json:
        typer.echo(found.to_json(), nl=False)
    else:
        print_front(found)
    if report:
        _report(config)


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
    from tinypareto.config.sources import from_flags, load_toml

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


def _run(config: "RunConfig", resume: bool) -> "Front":
    from rich.console import Console

    from tinypareto.data import load
    from tinypareto.study.progress import reporter_for

    dataset = load(config.dataset, config.data_options, config.data_dir)
    for note in dataset.notes:
        typer.echo(f"note: {dataset.name}: {note}", err=True)
    from tinypareto.study.search_loop import run

    try:
        return run(config, dataset, reporter_for(Console(stderr=True)), resume=resume)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; add --resume to continue in {config.out}", err=True)
        raise


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
        typer.echo(f"note: no report: {error}", err=True)
    else:
        typer.echo(f"report: {written}", err=True)
