"""A front as text, as a table of a notebook, as a data frame and as a plot."""

from html import escape
from typing import TYPE_CHECKING, Any

from tinypareto.errors import ConfigError
from tinypareto.resources import TITLES
from tinypareto.results.front_point import FrontPoint
from tinypareto.search_space.space import NET
from tinypareto.units import format_bytes, format_flops, format_ms

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tinypareto.results.front import Front

NESTED = ("params", "metrics", "never_found")
"""Keys of a network in `front.json` that hold more than one value."""
COLUMNS = {"rom": "rom_bytes", "ram": "ram_bytes", "flops": "flops", "latency": "latency_ms"}
UNITS = {"rom": " [bytes]", "ram": " [bytes]", "latency": " [ms]"}


def in_words(front: "Front") -> str:
    """One line: the data, how many networks there are, and the recommended one."""
    size = "1 network" if len(front.points) == 1 else f"{len(front.points)} networks"
    words = f"{front.heading}: {size} from {front.trials} trials"
    if (point := front.recommended_point) is not None:
        cells = _cells(front, point)
        words += "; recommended: " + ", ".join(f"{name} {cells[name]}" for name in cells)
    return f"<Front of {words}; in {front.folder}>"


def as_html(front: "Front") -> str:
    """A table with a row for each network; the recommended one is in bold."""
    rows = [(point, _cells(front, point)) for point in front.points]
    names = list(rows[0][1]) if rows else []
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(_html_row(cells, point.number == front.recommended) for point, cells in rows)
    return (
        f"<p>{escape(in_words(front)[1:-1])}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _html_row(cells: dict[str, str], bold: bool) -> str:
    style = ' style="font-weight:bold"' if bold else ""
    return f"<tr{style}>{''.join(f'<td>{escape(text)}</td>' for text in cells.values())}</tr>"


def _cells(front: "Front", point: FrontPoint) -> dict[str, str]:
    """Texts of a network by column."""
    score = front.learning_task.score
    cells = {
        "trial": str(point.number),
        f"{score.name} (int8, test)": score.text(point.score),
        f"{score.name} (search)": score.text(point.score_search),
        "ROM": format_bytes(point.rom_bytes),
        "RAM": format_bytes(point.ram_bytes),
        "FLOPs": format_flops(point.flops),
    }
    if point.latency_ms is not None:
        cells["latency"] = format_ms(point.latency_ms)
    if NET in point.params:
        cells["net"] = str(point.params[NET])
    return cells


def as_rows(front: "Front") -> list[dict[str, Any]]:
    """The networks as in `front.json`, with one value for each key."""
    rows: list[dict[str, Any]] = front.model_dump(by_alias=True, include={"points"})["front"]
    return [
        {key: value for key, value in row.items() if key not in NESTED}
        | {"recommended": row["number"] == front.recommended}
        | {name: row["metrics"][name] for name in front.other_metrics}
        | row["params"]
        for row in rows
    ]


def as_frame(front: "Front") -> Any:
    """The networks as a data frame of pandas; see `Front.to_pandas`."""
    try:
        import pandas as pd
    except ModuleNotFoundError as missing:
        raise ConfigError(
            "to_pandas: pandas is not installed; run: pip install pandas"
        ) from missing
    return pd.DataFrame(as_rows(front))


def plotted(front: "Front", x: str, ax: "Axes | None") -> "Axes":
    """The networks in a plot of matplotlib; see `Front.plot`."""
    if x not in COLUMNS:
        raise ConfigError(f"plot: got x={x!r}; wanted one of {', '.join(COLUMNS)}")
    if x == "latency" and any(point.latency_ms is None for point in front.points):
        raise ConfigError("plot: this search estimated no latency; wanted x of rom, ram or flops")
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError as missing:
        raise ConfigError(
            "plot: matplotlib is not installed; run: pip install 'tinypareto[figures]'"
        ) from missing
    axes = plt.subplots()[1] if ax is None else ax
    for point in front.points:
        marked = point.number == front.recommended
        place = (getattr(point, COLUMNS[x]), point.score)
        axes.scatter(*place, color="C1" if marked else "C0", marker="*" if marked else "o")
        axes.annotate(str(point.number), place, textcoords="offset points", xytext=(4, 4))
    axes.set_xlabel(TITLES[x] + UNITS.get(x, ""))
    axes.set_ylabel(f"{front.learning_task.score.name} (int8, test)")
    axes.set_title(front.heading)
    return axes
