"""tinypareto bench replay."""

from pathlib import Path
from typing import Annotated

import typer


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
