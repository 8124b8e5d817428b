"""Writes the files of an experiment: a table as CSV and as Markdown, and a figure."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ConfigError
from tinypareto.reproduce.experiment import ExperimentRequest, Result, versions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 120


def write(request: ExperimentRequest, result: Result) -> list[Path]:
    """Write NAME.csv, NAME.md and NAME.png into the experiment's folder, and return their paths."""
    table, text, figure = (request.out / f"{request.name}.{end}" for end in ("csv", "md", "png"))
    write_atomic(table, to_csv(result.rows))
    result.draw(figure)
    parts = [
        f"# {result.title}",
        f"`{request.command()}`; {versions()}.",
        *result.notes,
        to_markdown(result.lines or result.rows),
        f"![{result.title}]({figure.name})",
    ]
    write_atomic(text, "\n\n".join(parts) + "\n")
    return [table, text, figure]


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Format rows under a header as CSV; None becomes an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """Format rows as a Markdown table; fractions have four digits, large numbers separators."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([_cell(row[key]) for key in head] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def read_paper(name: str) -> list[dict[str, str]]:
    """Read the rows that the paper printed, from `paper/NAME.csv`."""
    text = (files("tinypareto.reproduce") / "paper" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def check_figures() -> None:
    """Check that figures can be drawn, before an experiment starts.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as cause:
        raise ConfigError(
            "reproduce: figures need matplotlib; pip install 'tinypareto[figures]'"
        ) from cause
    matplotlib.use("Agg")


def save_figure(path: Path, width: float, height: float, fill: Callable[["Figure"], None]) -> None:
    """Save a figure.

    Args:
        path: Path of the image.
        width: Width in inches.
        height: Height in inches.
        fill: Draws into the empty figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    fill(figure)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
