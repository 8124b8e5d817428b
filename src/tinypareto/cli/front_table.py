"""The front as a Rich table."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tinypareto.results.front import Front
from tinypareto.search_space.space import NET
from tinypareto.tasks.task import DEFAULT
from tinypareto.units import format_bytes, format_flops, format_ms

_COLUMNS = (
    "trial",
    "{score}\nint8 (test)",
    "{score}\nfloat (test)",
    "{score}\nsearch",
    "ROM",
    "RAM",
    "FLOPs",
)
_LATENCY = "latency\n(estimate)"
NAMED = 5
"""Classes that a warning names."""


def front_table(front: Front) -> RenderableType:
    """The networks, best search score first, with a note on what steered the search."""
    limits, task, score = front.limits, front.learning_task, front.learning_task.score
    nets = any(NET in point.params for point in front.points)
    table = Table(title=Text(front.heading))
    timed = any(point.latency_ms is not None for point in front.points)
    others = front.other_metrics
    titles = [f"{name}\nint8 (test)" for name in others]
    columns = (*_COLUMNS[:4], *titles, *_COLUMNS[4:], *[_LATENCY] * timed, *["net"] * nets)
    for column in columns:
        table.add_column(column.format(score=score.name), justify="right")
    for point in front.points:
        table.add_row(
            f"* {point.number}" if point.number == front.recommended else str(point.number),
            *map(score.text, (point.score, point.score_float, point.score_search)),
            *(task.metric_text(name, point.metrics[name]) for name in others),
            format_bytes(point.rom_bytes),
            format_bytes(point.ram_bytes),
            format_flops(point.flops),
            *([] if point.latency_ms is None else [format_ms(point.latency_ms)]),
            *([str(point.params[NET])] if NET in point.params else []),
        )
    allowed = (
        f"limits: ROM {format_bytes(limits.rom_bytes)}, RAM {format_bytes(limits.ram_bytes)}, "
        f"FLOPs {format_flops(limits.flops)}"
    )
    if limits.latency_ms is not None:
        allowed += f", latency {format_ms(limits.latency_ms)}"
    size = "1 network" if len(front.points) == 1 else f"{len(front.points)} networks"
    volume = f"{size} from {front.trials} trials, hypervolume {front.hypervolume:.4f} (test)"
    lines = [
        f"{volume}; {allowed}",
        f"selected on {front.selection}; each in {front.folder}/trials",
    ]
    if front.rank_correlation is not None:
        lines.append(f"rank correlation of search and test {score.name}: {_correlation(front)}")
    lines += [_recommendation(front), *baseline_lines(front)]
    notes = [Text(line) for line in lines]
    return Group(table, *notes, *[Text(line, style="bold yellow") for line in _warnings(front)])


def _correlation(front: Front) -> str:
    return f"{front.rank_correlation:.2f} (Spearman, over all trained networks)"


def _recommendation(front: Front) -> str:
    """The meaning of the mark, or advice if there is nothing to mark."""
    score = front.learning_task.score
    if front.points:
        return (
            "*: recommended: the smallest that may be as good as the best: within a standard error "
            f"of the search {score.name}"
        )
    if front.left_out and front.min_score is not None:
        return (
            f"no network with a search {score.name} above {score.text(front.min_score)}: "
            f"{front.left_out} within the limits are not; try a lower --min-accuracy, more trials, "
            "another net, or wider limits"
        )
    if not front.trials:
        return "no trial has ended: give more --time, and --resume"
    return "no feasible network: raise the limits, or try more trials or a smaller net"


def _warnings(front: Front) -> list[str]:
    lines = []
    if front.select_on == "test":
        lines.append("WARNING: the test split steered this search: its scores are optimistic")
    marked = front.recommended_point
    if marked is not None and marked.never_found:
        named = ", ".join(marked.never_found[:NAMED])
        more = len(marked.never_found) - NAMED
        named += f" and {more} more" if more > 0 else ""
        advice = "--metric balanced_accuracy" if front.task == DEFAULT else "more trials"
        lines.append(f"WARNING: *: finds no test case of class {named}; try {advice}")
    return lines


def baseline_lines(front: Front) -> list[str]:
    """Scores of the simple models, best first, and advice if they beat the marked network."""
    score, best = front.learning_task.score, front.best_baseline
    if best is None:
        return []
    ranked = sorted(front.baselines, key=lambda baseline: -score.goodness(baseline.score))
    said = ", ".join(f"{baseline.name} {score.text(baseline.score)}" for baseline in ranked)
    lines = [f"simple models on the same split (test): {said}"]
    marked = front.recommended_point
    if marked is not None and score.goodness(marked.score) < score.goodness(best.score):
        lines.append(
            f"*: below {best.name}: try more trials, another net, wider limits, or longer "
            "trainings ([space] epochs in a TOML file)"
        )
    return lines
