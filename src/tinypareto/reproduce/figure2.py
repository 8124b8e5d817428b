"""Figure 2 of Deutel 2023: three settings of ARS, each varied with the others kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinypareto.reproduce.curves import draw_curves, means_of, rows_of
from tinypareto.reproduce.experiment import Experiment, Order, Result
from tinypareto.reproduce.output import drawn
from tinypareto.reproduce.trace import Trace, problem_of, replayed
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


def _run(order: Order) -> Result:
    settings = order.settings()
    traces = {
        sweep: [
            _trace(order, dataset, {sweep: value}, seed, settings)
            for dataset in settings["datasets"]
            for value in values
            for seed in settings["seeds"]
        ]
        for sweep, values in settings["sweeps"].items()
    }
    rows = [row for sweep in traces.values() for row in rows_of(sweep)]
    base = ", ".join(f"{NAMES[key]} {value:g}" for key, value in settings["base"].items())
    return Result(
        "Three sweeps of ARS",
        rows,
        [NOTE.format(base=base), *(problem_of(name).about for name in settings["datasets"])],
        lambda path: drawn(path, 13, 4, lambda figure: _draw(figure, traces)),
        means_of(rows),
    )


def _trace(
    order: Order, dataset: str, varied: dict[str, Any], seed: int, settings: dict[str, Any]
) -> Trace:
    found = problem_of(dataset)
    chosen = {**settings["base"], **varied}
    preset = replace(PAPER, ars=replace(PAPER.ars, **chosen))
    strategy = ", ".join(f"{NAMES[key]} {value:g}" for key, value in varied.items())
    own = "-".join(f"{key}{value:g}" for key, value in chosen.items())
    file = order.out / "studies" / f"{found.name}-{own}-{seed}.csv"
    sampler = ARSSampler(seed, preset, space=found.problem.space)
    values = replayed(found.problem, sampler, settings["trials"], file)
    trace = Trace(found.name, strategy, seed, values)
    order.tell(f"{found.name}, {strategy}, seed {seed}: hypervolume {trace.curve[-1]:.4f}")
    return trace


def _draw(figure: "Figure", traces: Mapping[str, Sequence[Trace]]) -> None:
    for axes, (sweep, mine) in zip(
        figure.subplots(1, len(traces), sharey=True), traces.items(), strict=True
    ):
        draw_curves(axes, mine)
        axes.set_title(sweep)


EXPERIMENT = Experiment("ARS with other numbers of directions, top-k and horizons", _run)
