"""One HTML page about an int8 model of another tool: its layers, memory plan and boards."""

from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from tinypareto.atomic_files import write_atomic
from tinypareto.deploy.chip_table import estimated_ms, fits
from tinypareto.deploy.every_board import ManyBoards, measure_everywhere
from tinypareto.deploy.imported import import_network
from tinypareto.errors import ResultFolderError
from tinypareto.graph.cost import layer_costs, resources
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.liveness import buffers
from tinypareto.graph.memory.plan import Plan, plan
from tinypareto.units import format_bytes, format_flops

WIDTH, HEIGHT = 960, 260
"""Size of the drawing of the arena."""


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: Its name.
        kind: Its operator.
        shape: (height, width, channels) of its output.
        macs: Its multiply-accumulates.
        constants: Bytes of its constants.
        live: Bytes of the arena in use while it runs.
    """

    name: str
    kind: str
    shape: tuple[int, int, int]
    macs: int
    constants: int
    live: int


@dataclass(frozen=True)
class Block:
    """The rectangle of a buffer in the drawing: time to the right, addresses downwards.

    Attributes:
        x: Left edge.
        y: Upper edge.
        width: Width.
        height: Height.
        title: Its tensors, bytes and place, in words.
    """

    x: float
    y: float
    width: float
    height: float
    title: str


def write_model_report(path: Path, out: Path | None = None) -> Path:
    """Write the report of an int8 model, by default beside it.

    Args:
        path: The ONNX or TensorFlow Lite file.
        out: Path of the report; by default that of the model with the ending `.html`.

    Returns:
        Path of the report.

    Raises:
        InputError: The model cannot be used, or the report cannot be written.
        ToolchainError: A package or the compiler is missing.
    """
    graph, boards = import_network(path).graph, measure_everywhere(path, "zig", 1)
    target = out or path.with_suffix(".html")
    try:
        write_atomic(target, render(path.name, graph, boards))
    except OSError as cause:
        raise ResultFolderError(
            f"{target}: cannot be written ({cause.strerror}); give another --out"
        ) from cause
    return target


def render(name: str, graph: Graph, boards: ManyBoards) -> str:
    """Render the page as HTML."""
    environment = Environment(
        loader=PackageLoader("tinypareto.report", "static"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(bytes=format_bytes, count=format_flops)
    memory = plan(graph)
    return environment.get_template("model.html").render(
        name=name,
        version=version("tinypareto"),
        style=(files("tinypareto.report") / "static" / "report.css").read_text(encoding="utf-8"),
        exact=resources(graph),
        layers=layers(graph, memory),
        blocks=blocks(graph, memory),
        size=(WIDTH, HEIGHT),
        boards=boards,
        fits=fits,
        estimated_ms=estimated_ms,
    )


def layers(graph: Graph, memory: Plan) -> list[Layer]:
    """Describe every layer, in the order of execution."""
    pieces, costs = buffers(graph, memory.order), layer_costs(graph)
    (used,) = (pieces.sizes @ pieces.live.T.astype(int)).tolist()
    return [
        Layer(
            costs[index].layer,
            costs[index].kind,
            costs[index].shape,
            int(costs[index].macs),
            int(costs[index].rom_bytes),
            live,
        )
        for index, live in zip(memory.order, used, strict=True)
    ]


def blocks(graph: Graph, memory: Plan) -> list[Block]:
    """Draw every buffer of the arena."""
    pieces = buffers(graph, memory.order)
    names: dict[int, list[str]] = {}
    for tensor, number in pieces.index.items():
        names.setdefault(number, []).append(tensor)
    across, down = WIDTH / len(memory.order), HEIGHT / memory.arena_bytes
    drawn = []
    for number, tensors in sorted(names.items()):
        steps = pieces.live[:, number].nonzero()[0]
        size, offset = int(pieces.sizes[0, number]), memory.offsets[tensors[0]]
        title = f"{', '.join(tensors)}: {size} bytes from {offset} on"
        first, count = int(steps[0]), len(steps)
        drawn.append(Block(first * across, offset * down, count * across, size * down, title))
    return drawn
