"""tinypareto baselines."""

from typing import Annotated, Any

import typer

from tinypareto.cli.options import Json, takes, values
from tinypareto.cli.output import show_json

EXAMPLES = """\
Examples:

  tinypareto baselines digits

  tinypareto baselines ./recordings --data-option window=64
"""


@takes("task", "data_options", "data_dir", "seed")
def baselines(
    data: Annotated[str, typer.Argument(help="A data set's name, file or folder.", metavar="DATA")],
    *,
    json: Json = False,
    **flags: Any,
) -> None:
    """Score simple models on a data set: what a network has to beat."""
    from tinypareto.config import resolve
    from tinypareto.config.sources import from_flags
    from tinypareto.data import load
    from tinypareto.evaluation.baselines import score_baselines

    config = resolve(from_flags({"dataset": data, **values(flags)}))
    dataset = load(config.dataset, config.data_options, config.data_dir, config.task)
    task = dataset.learning_task
    scores = score_baselines(dataset, config.seed)
    if json:
        show_json([task.score.to_file(baseline.model_dump()) for baseline in scores])
        return
    typer.echo(f"{task.score.title} on the test split of {dataset.name}")
    for baseline in scores:
        typer.echo(f"{task.score.text(baseline.score):>7}  {baseline.name}")
