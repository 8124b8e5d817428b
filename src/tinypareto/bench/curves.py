"""Draws hypervolume curves of a comparison."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinypareto.bench.compare import Row
from tinypareto.bench.report import values_at
from tinypareto.errors import ConfigError

_COLORS, _DASHES = 10, ("-", "--", ":")


def draw_curves(rows: Sequence[Row], path: Path) -> None:
    """Draw one panel per problem: means over the seeds, with one standard deviation as a band.

    Args:
        rows: Rows of `compare`.
        path: Path of the image; its extension selects the format.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError(
            "bench: figures need matplotlib; pip install 'tinypareto[figures]'"
        ) from error
    problems = sorted({r["problem"] for r in rows})
    styles = {
        solver: {"color": f"C{i % _COLORS}", "linestyle": _DASHES[i // _COLORS % len(_DASHES)]}
        for i, solver in enumerate(sorted({r["solver"] for r in rows}))
    }
    figure = Figure(figsize=(7.5, 4.0 * len(problems)), layout="constrained")
    for axes, problem in zip(
        figure.subplots(len(problems), squeeze=False).ravel(), problems, strict=True
    ):
        panel = [r for r in rows if r["problem"] == problem]
        for solver in sorted({r["solver"] for r in panel}):
            curve = [r for r in panel if r["solver"] == solver]
            n = sorted({int(r["n"]) for r in curve})
            volumes = [list(values_at(curve, end).values()) for end in n]
            mean = np.array([np.mean(values) for values in volumes])
            spread = np.array([np.std(values) for values in volumes])
            style = styles[solver]
            axes.plot(n, mean, label=solver, **style)
            axes.fill_between(n, mean - spread, mean + spread, alpha=0.15, color=style["color"])
        axes.set(title=problem, xlabel="trials", ylabel="hypervolume")
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path)
