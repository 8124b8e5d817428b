"""Figure 1 of Deutel 2023: strategies against each other over the trials, and their fronts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.samplers import BaseSampler

from tinypareto import data
from tinypareto.reproduce.curves import draw_curves, group_by_strategy, mean_rows, summary_rows
from tinypareto.reproduce.experiment import Experiment, ExperimentRequest, Result
from tinypareto.reproduce.output import save_figure
from tinypareto.reproduce.run_search import run_search
from tinypareto.reproduce.trace import Trace, instant_problem, is_instant, replay_study
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.baselines import BASELINES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTE = (
    "`ars`: this project's search, with exact resources; `paper`: Algorithm 1 as printed; "
    "`parego`: Knowles 2006 on BoTorch; the others are Optuna's. Hypervolume of feasible networks "
    "against (1, 1, 1, 1), accuracies of the test split, which steers the search. Front: networks "
    "that no other of the study dominates. Curves: mean over the seeds, the band is their range."
)


def _run(request: ExperimentRequest) -> Result:
    settings = request.settings()
    traces = [
        _trace(request, dataset, strategy, seed, settings)
        for dataset in settings["datasets"]
        for seed in settings["seeds"]
        for strategy in settings["strategies"]
    ]
    rows = summary_rows(traces)
    notes = [NOTE, *(_about(dataset, settings) for dataset in settings["datasets"])]
    problems = len({trace.problem for trace in traces})
    return Result(
        "Strategies against each other",
        rows,
        notes,
        lambda path: save_figure(path, 10, 4 * problems, lambda figure: _draw(figure, traces)),
        sorted(mean_rows(rows), key=lambda line: str(list(line.values())[5]), reverse=True),
    )


def _about(dataset: str, settings: dict[str, Any]) -> str:
    if is_instant(dataset):
        return instant_problem(dataset).about
    return f"{data.short_name(dataset)}: networks were trained; settings: {settings['search']}."


def _trace(
    request: ExperimentRequest, dataset: str, strategy: str, seed: int, settings: dict[str, Any]
) -> Trace:
    trials = settings["trials"]
    if not is_instant(dataset):
        return run_search(request, dataset, strategy, seed, trials, settings["search"]).trace
    instant = instant_problem(dataset)
    problem = instant.problem
    sampler: BaseSampler
    if strategy == "ars":
        known = KnownObjectives(problem.known_indices, problem.resources, problem.limits)
        reference = problem.reference.tolist()
        sampler = ARSSampler(
            seed, known=known, features=problem.features, reference=reference, space=problem.space
        )
    else:
        sampler = BASELINES[strategy](seed, problem.space)
    file = request.out / "studies" / f"{instant.name}-{strategy}-{seed}.csv"
    trace = Trace(instant.name, strategy, seed, replay_study(problem, sampler, trials, file))
    request.tell(f"{instant.name}, {strategy}, seed {seed}: hypervolume {trace.curve[-1]:.4f}")
    return trace


def _draw(figure: "Figure", traces: Sequence[Trace]) -> None:
    """Draw a row for each problem: hypervolume over trials, and error over ROM of all fronts."""
    problems = list(dict.fromkeys(trace.problem for trace in traces))
    axes = figure.subplots(len(problems), 2, squeeze=False)
    for (left, right), problem in zip(axes, problems, strict=True):
        of_problem = [trace for trace in traces if trace.problem == problem]
        draw_curves(left, of_problem)
        left.set_title(problem)
        for (_, strategy), group in group_by_strategy(of_problem).items():
            front = np.concatenate([trace.front for trace in group])
            if len(front):
                right.scatter(front[:, 1], front[:, 0], s=14, label=strategy)
        right.set(title="fronts", xlabel="ROM / limit", ylabel="error")
        if right.collections:
            right.set_xscale("log")
        right.grid(alpha=0.3)


EXPERIMENT = Experiment("strategies over the trials, and their fronts", _run)
