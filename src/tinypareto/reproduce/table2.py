"""Table 2 of Deutel 2023: CIFAR-10, with MCUNet's networks mapped by our planner."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.nets.mcunet import PIXELS
from tinypareto.nets.spec import NetSpec
from tinypareto.reproduce.experiment import Experiment, ExperimentRequest, Result
from tinypareto.reproduce.output import read_paper, save_figure
from tinypareto.reproduce.run_search import run_search
from tinypareto.resources import Limits, Resources
from tinypareto.results.front import Front
from tinypareto.results.front_point import FrontPoint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = dict[str, object]
CLASSES = 10
LABELS = {"": "ours", " (paper's mapper)": "paper's mapper", " (paper)": "model zoo, in the paper"}
MAPPED = (
    "MCUNet's five networks with 10 classes, int8, at the image sizes they are published for: ROM "
    "is weights, biases and requantization constants, RAM the planned arena with input and output; "
    "code and stack are not counted. The paper's RAM and ROM of MCUNet are those of its model zoo "
    "(TinyEngine), and those of the paper's own mapper; mcunet-proxyless is not among our networks."
)
NOT_TRAINED = "The accuracies of our own networks: not run (`--budget paper` runs them)."
OURS = (
    "`ours-*`: the network of the search's front with the least ROM that has the int8 accuracy of "
    "the paper's network or more; empty where none has."
)


def _run(request: ExperimentRequest) -> Result:
    settings = request.settings()
    fronts = [
        run_search(
            request, dataset, "ars", seed, settings["trials"], settings["search"], Limits()
        ).front
        for dataset in settings["datasets"]
        for seed in settings["seeds"]
    ]
    paper = read_paper("table2")
    rows = [_mapped(row) for row in paper] + [_found(row, fronts) for row in _own(paper)]
    return Result(
        "CIFAR-10: memory of MCUNet's networks, and ours",
        rows,
        [MAPPED, OURS if fronts else NOT_TRAINED],
        lambda path: save_figure(path, 8, 4, lambda figure: _draw(figure, rows)),
    )


def _own(paper: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in paper if row["model"].startswith("paper-")]


def mapped(model: int) -> Resources:
    """Compute the resources of a network of MCUNet with our planner, without training."""
    shape = (3, PIXELS[model], PIXELS[model])
    cost_model = CostModel.from_spec(NetSpec("mcunet", {"model": model}, shape, CLASSES), Limits())
    return cost_model.resources(cost_model.channels({}))


def _mapped(paper: dict[str, str]) -> Row:
    number = paper["model"].removeprefix("mcunet-in")
    ours = mapped(int(number)) if number.isdecimal() else None
    return _row(paper["model"], paper, ours, None)


def _found(paper: dict[str, str], fronts: Sequence[Front]) -> Row:
    """The smallest of our networks (ROM) that is at least as accurate as one of the paper's."""
    wanted = float(paper["top1_int8"]) / 100
    points = [p for front in fronts for p in front.points if p.accuracy >= wanted]
    best: FrontPoint | None = min(points, key=lambda p: p.rom_bytes, default=None)
    name = paper["model"].replace("paper", "ours")
    if best is None:
        return _row(name, {}, None, None)
    return _row(name, {}, best.resources, 100 * best.accuracy)


def _row(name: str, paper: dict[str, str], ours: Resources | None, accuracy: float | None) -> Row:
    def number(key: str) -> float | None:
        return float(paper[key]) if paper.get(key) else None

    return {
        "model": name,
        "pixels": number("input_px"),
        "MMAC": ours and round(ours.flops / 2e6, 1),
        "MMAC (paper)": number("macs_M"),
        "RAM, KB": ours and round(ours.ram_bytes / 1e3, 1),
        "RAM, KB (paper)": number("ram_KB"),
        "RAM, KB (paper's mapper)": number("ram_KB_our_mapper"),
        "ROM, KB": ours and round(ours.rom_bytes / 1e3, 1),
        "ROM, KB (paper)": number("rom_KB"),
        "ROM, KB (paper's mapper)": number("rom_KB_our_mapper"),
        "int8 top-1, %": accuracy,
        "int8 top-1, % (paper)": number("top1_int8"),
    }


def _draw(figure: "Figure", rows: Sequence[Row]) -> None:
    """Draw bars of RAM and ROM by network: ours, the paper's mapper, the model zoo."""
    shown = [row for row in rows if row["RAM, KB"] is not None]
    for axes, what in zip(figure.subplots(1, 2), ("RAM", "ROM"), strict=True):
        for bar, suffix in enumerate(LABELS):
            heights = [float(str(row[f"{what}, KB{suffix}"] or 0)) for row in shown]
            label = LABELS[suffix]
            x = [position + 0.27 * (bar - 1) for position in range(len(shown))]
            axes.bar(x, heights, 0.25, label=label)
        axes.set_xticks(range(len(shown)), [str(r["model"]) for r in shown], rotation=30)
        axes.set_ylabel(f"{what}, KB")
    figure.axes[0].legend()


EXPERIMENT = Experiment("CIFAR-10: MCUNet's networks by our planner, and ours", _run)
