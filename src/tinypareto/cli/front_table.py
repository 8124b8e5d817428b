"""The front as a Rich table."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tinypareto.results.front import Front
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


def front_table(front: Front) -> RenderableType:
    """The networks, best search score first, with a note on what steered the search."""
    limits, score = front.limits, front.learning_task.score
    table = Table(title=Text(f"{front.net} on {front.dataset}"))
    timed = any(point.latency_ms is not None for point in front.points)
    for column in (*_COLUMNS, _LATENCY) if timed else _COLUMNS:
        table.add_column(column.format(score=score.name), justify="right")
    for point in front.points:
        table.add_row(
            f"* {point.number}" if point.number == front.recommended else str(point.number),
            *map(score.text, (point.score, point.score_float, point.score_search)),
            format_bytes(point.rom_bytes),
            format_bytes(point.ram_bytes),
            format_flops(point.flops),
            *([] if point.latency_ms is None else [format_ms(point.latency_ms)]),
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
    if front.points:
        lines.append(
            f"*: recommended: the smallest within a standard error of the best search {score.name}"
        )
    else:
        lines.append("no feasible network: raise the limits, or try more trials or a smaller net")
    lines += baseline_lines(front)
    notes: list[RenderableType] = [Text(line) for line in lines]
    if front.select_on == "test":
        warning = "WARNING: the test split steered this search: its accuracies are optimistic"
        notes.append(Text(warning, style="bold yellow"))
    return Group(table, *notes)


def baseline_lines(front: Front) -> list[str]:
    """Scores of the simple models, best first, and advice if they beat the marked network."""
    score, best = front.learning_task.score, front.best_baseline
    if best is None:
        return []
    ranked = sorted(front.baselines, key=lambda baseline: -score.goodness(baseline.score))
    said = ", ".join(f"{baseline.name} {score.text(baseline.score)}" for baseline in ranked)
    lines = [f"simple models on the same split (test): {said}"]
    marked = next((point for point in front.points if point.number == front.recommended), None)
    if marked is not None and score.goodness(marked.score) < score.goodness(best.score):
        lines.append(
            f"*: below {best.name}: try more trials, another net, wider limits, or longer "
            "trainings ([space] epochs in a TOML file)"
        )
    return lines
