"""Draws and summarizes studies that are compared with each other."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinypareto.reproduce.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = dict[str, object]


def summary_rows(traces: Sequence[Trace]) -> list[Row]:
    """Summarize each study in a row: hypervolumes at a third, two thirds and all of the trials."""
    return [
        {
            "problem": trace.problem,
            "strategy": trace.strategy,
            "seed": trace.seed,
            **{f"hypervolume at {n}": float(trace.curve[n - 1]) for n in _marks(trace)},
            "best accuracy": float(1 - np.nanmin(trace.values[:, 0], initial=1.0)),
            "front": len(trace.front),
        }
        for trace in traces
    ]


def _marks(trace: Trace) -> list[int]:
    count = len(trace.values)
    return sorted({max(1, count // 3), max(1, 2 * count // 3), count})


def group_by_strategy(traces: Sequence[Trace]) -> dict[tuple[str, str], list[Trace]]:
    """Group studies by problem and strategy, in the order given."""
    groups: dict[tuple[str, str], list[Trace]] = {}
    for trace in traces:
        groups.setdefault((trace.problem, trace.strategy), []).append(trace)
    return groups


def mean_rows(rows: Sequence[Row]) -> list[Row]:
    """Summarize each strategy in a row: means over the seeds, and their spread if several."""
    groups: dict[tuple[object, object], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["problem"], row["strategy"]), []).append(row)
    lines = []
    for (problem, strategy), group in groups.items():
        line: Row = {"problem": problem, "strategy": strategy, "seeds": len(group)}
        for key in list(group[0])[3:]:
            values = [float(str(row[key])) for row in group]
            digits = ".1f" if key == "front" else ".3f"
            spread = f" ± {statistics.pstdev(values):{digits}}" if len(values) > 1 else ""
            line[key] = f"{statistics.mean(values):{digits}}{spread}"
        lines.append(line)
    return lines


def draw_curves(axes: "Axes", traces: Sequence[Trace]) -> None:
    """Draw the mean hypervolume of each strategy over the trials, with the range as a band."""
    for (_, strategy), group in group_by_strategy(traces).items():
        curves = np.stack([trace.curve for trace in group])
        trials = np.arange(1, curves.shape[1] + 1)
        (line,) = axes.plot(trials, curves.mean(axis=0), label=strategy)
        if len(curves) > 1:
            low, high = curves.min(axis=0), curves.max(axis=0)
            axes.fill_between(trials, low, high, color=line.get_color(), alpha=0.15)
    axes.set(xlabel="trials", ylabel="hypervolume")
    axes.set_ylim(bottom=0, auto=True)
    axes.grid(alpha=0.3)
    axes.legend()
