"""tinypareto reproduce."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinypareto.cli.options import option
from tinypareto.cli.output import say, show_json

if TYPE_CHECKING:
    from tinypareto.reproduce.experiment import Budget

EXAMPLES = """\
Examples:

  tinypareto reproduce

  tinypareto reproduce table1 --dataset ERing

  tinypareto reproduce table1 --dataset ERing --dataset mine.npz --seed 1 --seed 2 --trials 150

  tinypareto reproduce table1 --budget paper --data-dir ./uea

Small: minutes to an hour on two CPU cores. Paper: its networks, epochs and trials; days.
"""


def reproduce(
    name: Annotated[
        str | None, typer.Argument(help="Without one, list them.", metavar="NAME")
    ] = None,
    budget: Annotated[str, option("small or paper (small).", "NAME")] = "small",
    seed: Annotated[list[int] | None, option("Seed of a study; repeatable.", "N")] = None,
    dataset: Annotated[
        list[str] | None, option("Name in the paper's table, or a path; repeatable.", "NAME")
    ] = None,
    strategy: Annotated[
        list[str] | None,
        option("Run only this one of the experiment's strategies; repeatable.", "NAME"),
    ] = None,
    trials: Annotated[int | None, option("Trials of each study.", "N")] = None,
    data_dir: Annotated[
        Path | None, option("Folder of downloaded data, or of NAME.npz files.", "DIR")
    ] = None,
    out: Annotated[Path | None, option("Folder to write (reproduce/NAME-BUDGET).", "DIR")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Reproduce a table or figure of Deutel 2023; a second run resumes the first."""
    from tinypareto.reproduce import EXPERIMENTS, find
    from tinypareto.reproduce.experiment import ExperimentRequest

    if name is None and json:
        show_json({known: experiment.summary for known, experiment in EXPERIMENTS.items()})
        return
    if name is None:
        for known, experiment in EXPERIMENTS.items():
            say(f"{known}  {experiment.summary}")
        return
    found = find(name)
    folder = out or Path("reproduce") / f"{name}-{budget}"
    order = ExperimentRequest(
        name=name,
        budget=_budget(budget),
        out=folder.absolute(),
        seeds=tuple(seed) if seed else None,
        datasets=tuple(dataset) if dataset else None,
        strategies=tuple(strategy) if strategy else None,
        trials=trials,
        data_dir=data_dir and data_dir.absolute(),
        tell=lambda line: say(line, err=True),
    )
    from tinypareto.reproduce.output import check_figures, to_markdown, write

    check_figures()
    order.settings()
    order.out.mkdir(parents=True, exist_ok=True)
    result = found.run(order)
    paths = write(order, result)
    if json:
        show_json(list(result.rows))
    else:
        say(to_markdown(result.lines or result.rows))
    say("wrote " + ", ".join(map(str, paths)), err=True)


def _budget(text: str) -> "Budget":
    if text == "small":
        return "small"
    if text == "paper":
        return "paper"
    from tinypareto.errors import ConfigError

    raise ConfigError(f"--budget: got {text!r}; wanted small or paper")
