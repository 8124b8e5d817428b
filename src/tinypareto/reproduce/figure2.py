"""Figure 2 of Deutel 2023: three settings of ARS, each varied while the others are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinypareto.reproduce.curves import draw_curves, mean_rows, summary_rows
from tinypareto.reproduce.experiment import Experiment, ExperimentRequest, Result
from tinypareto.reproduce.output import save_figure
from tinypareto.reproduce.trace import Trace, instant_problem, replay_study
from tinypareto.samplers import ARSSampler
from tinypareto.solvers import PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = {"directions": "N", "top": "top", "horizon": "H"}
NOTE = (
    "Preset `paper` (Algorithm 1 as printed, all objectives learned) with {base}, of which one at "
    "a time is varied: directions N, the share kept of them (top), and the horizon H. Hypervolume "
    "of feasible candidates against (1, 1, 1, 1)."
)


def _run(request: ExperimentRequest) -> Result:
    settings = request.settings()
    traces = {
        sweep: [
            _trace(request, dataset, {sweep: value}, seed, settings)
            for dataset in settings["datasets"]
            for value in values
            for seed in settings["seeds"]
        ]
        for sweep, values in settings["sweeps"].items()
    }
    rows = [row for sweep in traces.values() for row in summary_rows(sweep)]
    base = ", ".join(f"{NAMES[key]} {value:g}" for key, value in settings["base"].items())
    return Result(
        "Three sweeps of ARS",
        rows,
        [NOTE.format(base=base), *(instant_problem(name).about for name in settings["datasets"])],
        lambda path: save_figure(path, 13, 4, lambda figure: _draw(figure, traces)),
        mean_rows(rows),
    )


def _trace(
    request: ExperimentRequest,
    dataset: str,
    varied: dict[str, Any],
    seed: int,
    settings: dict[str, Any],
) -> Trace:
    instant = instant_problem(dataset)
    chosen = {**settings["base"], **varied}
    preset = replace(PAPER, ars=replace(PAPER.ars, **chosen))
    strategy = ", ".join(f"{NAMES[key]} {value:g}" for key, value in varied.items())
    values_text = "-".join(f"{key}{value:g}" for key, value in chosen.items())
    file = request.out / "studies" / f"{instant.name}-{values_text}-{seed}.csv"
    sampler = ARSSampler(seed, preset, space=instant.problem.space)
    values = replay_study(instant.problem, sampler, settings["trials"], file)
    trace = Trace(instant.name, strategy, seed, values)
    request.tell(f"{instant.name}, {strategy}, seed {seed}: hypervolume {trace.curve[-1]:.4f}")
    return trace


def _draw(figure: "Figure", traces: Mapping[str, Sequence[Trace]]) -> None:
    for axes, (sweep, varied) in zip(
        figure.subplots(1, len(traces), sharey=True), traces.items(), strict=True
    ):
        draw_curves(axes, varied)
        axes.set_title(sweep)


EXPERIMENT = Experiment("ARS with other numbers of directions, top-k and horizons", _run)
