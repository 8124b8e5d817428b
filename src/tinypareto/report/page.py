"""Rendering of the report as one file: data, plotly.js and the page's own scripts."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ConfigError, ResultFolderError
from tinypareto.report.content import Content, read_content, score_name
from tinypareto.report.payload import CHUNK, pack, pack_chunks, pack_json
from tinypareto.resources import SCORE
from tinypareto.results.folder import REPORT
from tinypareto.results.front import Front
from tinypareto.results.front_file import read_front
from tinypareto.study.storage import Storage
from tinypareto.units import format_bytes, format_flops, format_ms

LARGEST = 9_500_000
"""Largest size of a report in bytes. Details that would exceed it are left out, those of dominated
networks first."""
LISTED = 10
"""Trials with missing or changed files that are named at the top of the page."""
SCRIPTS = ("format.js", "data.js", "plots.js", "parallel.js", "panel.js", "main.js")


def write_report(
    folder: Path,
    out: Path | None = None,
    storage: Storage | None = None,
    database: str | None = None,
) -> Path:
    """Write the report of a result folder.

    Args:
        folder: Result folder of a search, which may still be running.
        out: Path of the report; `report.html` in the result folder by default.
        storage: Storage of the study if it is already open; by default, the file in the folder.
        database: Address of the shared database that holds the study, for a search with `storage`.

    Returns:
        Path of the report.

    Raises:
        ConfigError: plotly is not installed, or the study is in a database that is not given.
        ResultFolderError: The folder is not that of a search, or the file cannot be written.
        StorageError: The study cannot be read.
    """
    front = read_front(folder)
    plotly_js()  # Refuse before the study is read, which takes longer.
    text = render(front, read_content(front, storage, database))
    target = out or folder / REPORT
    try:
        write_atomic(target, text)
    except OSError as cause:
        raise ResultFolderError(
            f"{target}: cannot be written ({cause.strerror}); give another --out"
        ) from cause
    return target


def render(front: Front, content: Content) -> str:
    """Render the page as HTML."""
    static = files("tinypareto.report") / "static"
    plotly = pack(plotly_js())
    data = content.page
    chunks, packed = pack_chunks(content.details, LARGEST - len(plotly) - len(pack_json(data)))
    listed = [entry["number"] for entry in content.details[:packed]]
    data = {**data, "details": listed, "chunk": CHUNK}
    environment = Environment(
        loader=PackageLoader("tinypareto.report", "static"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    task = front.learning_task
    environment.filters.update(bytes=format_bytes, count=format_flops, ms=format_ms)
    environment.filters.update(score=task.score.text, merit=task.metric_text)
    return environment.get_template("report.html").render(
        front=front,
        data=pack_json(data),
        chunks=chunks,
        plotly=plotly,
        style=(static / "report.css").read_text(encoding="utf-8"),
        scripts=[(static / name).read_text(encoding="utf-8") for name in SCRIPTS],
        version=version("tinypareto"),
        timed=any(point.latency_ms is not None for point in front.points),
        facts=_facts(front, content),
        score=score_name(front),
        objectives=[score_name(front) if name == SCORE else name for name in front.objectives],
        others=front.other_metrics,
    )


def plotly_js() -> str:
    """The text of plotly.js, from the Python package.

    Raises:
        ConfigError: plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ModuleNotFoundError as missing:
        raise ConfigError(
            "plotly is not installed; run: pip install 'tinypareto[report]'"
        ) from missing
    text: str = get_plotlyjs()
    return text


def _facts(front: Front, content: Content) -> list[tuple[str, str]]:
    """List the facts shown at the top of the page, as pairs of name and value."""
    counts, damaged = content.counts, ", ".join(map(str, content.damaged[:LISTED]))
    if len(content.damaged) > LISTED:
        damaged += f" and {len(content.damaged) - LISTED} more"
    facts = [
        ("networks in the front", str(len(front.points))),
        ("trials", str(front.trials)),
        ("infeasible, never trained", str(counts.get("infeasible", 0))),
        ("failed", str(counts.get("failed", 0))),
        ("hypervolume (test)", f"{front.hypervolume:.4f}"),
        ("hypervolume (search)", f"{front.search_hypervolume:.4f}"),
    ]
    if front.rank_correlation is not None:
        name = f"rank correlation of search and test {score_name(front)}"
        facts.append((name, f"{front.rank_correlation:.2f}"))
    return [*facts, ("trials with missing or changed files", damaged)] if damaged else facts
