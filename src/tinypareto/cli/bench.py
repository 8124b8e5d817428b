"""tinypareto bench replay, tinypareto bench run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinypareto.cli.options import Json, option
from tinypareto.cli.output import say, show_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tinypareto.bench.problem import Problem

Solvers = Annotated[
    str, typer.Option(help="Names, with commas; see tinypareto bench list.", metavar="NAMES")
]
Seeds = Annotated[int, typer.Option(help="Studies per solver and problem.", min=1, metavar="N")]
Trials = Annotated[int, typer.Option(help="Trials of each study.", min=1, metavar="N")]
Figure = Annotated[Path | None, option("Draw hypervolume curves into this image.", "FILE")]

REPLAY_EXAMPLES = """\
Examples:

  tinypareto bench replay benchmarks/data/ERing.csv.gz --solvers ars,gp,nehvi --seeds 10
"""
RUN_EXAMPLES = """\
Examples:

  tinypareto bench run dtlz2,osy --solvers ars-black-box,gp,tpe --seeds 3 --trials 60

  tinypareto bench run --nasbench NASBench201_table.npz --solvers ars-black-box,random
"""


def replay(
    tables: Annotated[
        list[Path], typer.Argument(help="Tables of real evaluations, .csv.gz.", metavar="TABLES")
    ],
    solvers: Solvers = "ars,gp,tpe,random",
    seeds: Seeds = 3,
    trials: Trials = 80,
    feasible: Annotated[
        float,
        typer.Option(
            help="Share of the space within the limits.",
            min=0.01,
            max=1.0,
            metavar="SHARE",
            show_default="a third",
        ),
    ] = 1 / 3,
    out: Annotated[
        Path, typer.Option(help="CSV file to write or to continue.", metavar="FILE")
    ] = Path("replay.csv"),
    figure: Figure = None,
    json: Json = False,
) -> None:
    """Rank solvers on replayed searches; an existing CSV file is continued."""
    from tinypareto.bench.replay import Replay

    problems = {
        f"{path.name.partition('.')[0]}-{feasible:.2f}": Replay(path, feasible) for path in tables
    }
    for name, problem in problems.items():
        say(f"{name}: {problem.fidelity}\n", err=json)
    _compare(problems, solvers, seeds, trials, out, figure, json)


def run(
    names: Annotated[
        str,
        typer.Argument(
            help="Problems, with commas; see tinypareto bench list.",
            metavar="NAMES",
            show_default=False,
        ),
    ] = "",
    solvers: Solvers = "ars-black-box,gp,tpe,random",
    seeds: Seeds = 3,
    trials: Trials = 80,
    nasbench: Annotated[
        Path | None, option("Also the table of NAS-Bench-201, .npz.", "FILE")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="CSV file to write or to continue.", metavar="FILE")
    ] = Path("bench.csv"),
    figure: Figure = None,
    json: Json = False,
) -> None:
    """Rank solvers on test problems; an existing CSV file is continued."""
    from tinypareto.bench.problems import PROBLEMS, NASBench201
    from tinypareto.errors import ConfigError
    from tinypareto.registry import lookup

    wanted = [name for name in names.split(",") if name]
    builders = {name: lookup("problem", name, PROBLEMS) for name in wanted}
    problems = {name: build() for name, build in builders.items()}
    if nasbench is not None:
        problems["nasbench201"] = NASBench201(nasbench)
    if not problems:
        raise ConfigError(f"bench: no problem given; name some of {', '.join(PROBLEMS)}")
    _compare(problems, solvers, seeds, trials, out, figure, json)


def listing(json: Json = False) -> None:
    """List the problems and solvers."""
    from tinypareto.bench.problems import PROBLEMS
    from tinypareto.bench.solvers import SOLVERS

    if json:
        show_json({"problems": list(PROBLEMS), "solvers": {n: s.about for n, s in SOLVERS.items()}})
        return
    say("problems: " + ", ".join(PROBLEMS) + "\n\nsolvers:")
    for name, solver in SOLVERS.items():
        say(f"  {name:20} {solver.about}")


def _compare(
    problems: "Mapping[str, Problem]",
    solvers: str,
    seeds: int,
    trials: int,
    out: Path,
    figure: Path | None,
    json: bool,
) -> None:
    from tinypareto.bench.compare import compare, read_rows
    from tinypareto.bench.curves import draw_curves
    from tinypareto.bench.report import catching_up, margins, ranking, table

    for row in compare(problems, solvers.split(","), seeds, trials, out):
        shown = (row[key] for key in ("problem", "solver", "seed", "n", "hypervolume"))
        say("  ".join(shown), err=True)
    rows = [row for row in read_rows(out) if row["problem"] in problems]
    if figure is not None:
        draw_curves(rows, figure)
    if json:
        show_json(rows)
        return
    for name, problem in problems.items():
        best = "" if problem.best is None else f" (the front's hypervolume is {problem.best:.3f})"
        say("\n".join([f"{name}{best}", "", *table(rows, name), ""]))
        say("\n".join(margins(rows, name, trials) + catching_up(rows, name, trials)))
    say("\n".join(ranking(rows, trials)))
