"""ONNX Runtime and LiteRT against the exact integer network, on trained networks and test data.

    python benchmarks/runtimes.py digits ERing.npz BasicMotions.npz

Each network is trained for a few epochs (seed 0), written as by the formats `onnx` and `tflite`,
and run: in ONNX Runtime operator by operator on dequantized floats ("ORT plain") and with its
default optimization, which fuses them into its own integer kernels ("ORT fused"); in LiteRT with
its reference kernels and as by default. Besides whole networks, each operator with one input is run
alone on the interpreter's own tensors.
"""

import platform
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto import data
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.graph import interpreter
from tinypareto.graph.agreement import Agreement, compared
from tinypareto.graph.graph import Graph, Node
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.qdq.compare import run_onnx
from tinypareto.qdq.writer import to_onnx
from tinypareto.search_space.candidate import Candidate
from tinypareto.tflite.compare import run_tflite
from tinypareto.tflite.writer import to_tflite
from tinypareto.threads import threads

NETS = {"dscnn": {"width": 64}, "resnet8": {}, "mobilenetv3": {"width": 25}}
SETTINGS = {"batch_size": 32, "lr": 0.02, "pruning_steps": 1}
UPDATES = 600
"""Number of updates of each training, at least 15 epochs."""
CASES = 200
RESULT = Path(__file__).parent / "results" / "runtimes.md"


def train(dataset: Dataset, net: str) -> tuple[Graph, NDArray[np.int8], float]:
    """The integer network, its quantized test cases and its accuracy on them."""
    settings = find(net).complete(NETS[net])
    spec = NetSpec(net, settings, dataset.input_shape, dataset.outputs)
    evaluator = Evaluator(dataset, selection_folds(dataset, "test", 0), 0)
    epochs = max(15, round(UPDATES * SETTINGS["batch_size"] / len(dataset.x_train)))
    made = evaluator.evaluate(spec, Candidate({**SETTINGS, "epochs": epochs}, {}), {}, 0)
    x = made.network.to_int8(dataset.x_test[:CASES])
    return made.network.graph, x, made.measurement.score


def run(kind: str, graph: Graph, x: NDArray[np.int8]) -> Agreement:
    """Outputs of one runtime beside the interpreter's."""
    library, _, how = kind.partition(" ")
    optimize = how in ("fused", "default")
    if library == "ORT":
        made = run_onnx(to_onnx(graph, "0", {}), graph, x, optimize)
    else:
        made = run_tflite(to_tflite(graph, ""), x, optimize)
    return compared(interpreter.run(graph, x), made)


def alone(kind: str, graph: Graph, x: NDArray[np.int8]) -> tuple[int, int, int]:
    """Outputs, differing ones and the largest step, over all operators with one input."""
    tensors, total, different, largest = {graph.input: x}, 0, 0, 0
    shapes = graph.shapes()
    for node in graph.nodes:
        inputs = [tensors[name] for name in node.inputs]
        tensors[node.name] = node.op.run(node.arrays, node.scalars, *inputs)
        if len(node.inputs) == 1:
            part = single(graph, node, shapes[node.inputs[0]])
            found = run(kind, part, inputs[0][:16])
            total += found.outputs
            different += found.different
            largest = max(largest, found.largest)
    return total, different, largest


def single(graph: Graph, node: Node, shape: tuple[int, int, int]) -> Graph:
    """The network of one node."""
    return replace(graph, input=node.inputs[0], input_shape=shape, nodes=(node,))


def row(name: str, dataset: Dataset, net: str) -> list[str]:
    """The lines of the table for one network."""
    graph, x, accuracy = train(dataset, net)
    lines = []
    for kind in ("ORT plain", "ORT fused", "LiteRT reference", "LiteRT default"):
        whole = run(kind, graph, x)
        count, different, largest = alone(kind, graph, x)
        cells = (
            f"{name} | {net} | {len(graph.nodes)} | {accuracy:.3f} | {kind}",
            f"{count} | {different / count:.3%} | {largest}",
            f"{whole.outputs} | {whole.different / whole.outputs:.2%} | {whole.largest}",
            f"{whole.same_class} of {whole.cases}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main(names: list[str]) -> None:
    """Run all, and write the table as it grows."""
    packages = ("tinypareto", "onnxruntime", "ai-edge-litert", "torch", "numpy")
    head = [
        "# ONNX Runtime and LiteRT against the exact integer network",
        "",
        f"`python benchmarks/runtimes.py {' '.join(Path(n).name for n in names)}`, seed 0; "
        + ", ".join(f"{package} {version(package)}" for package in packages)
        + f"; {platform.machine()}",
        "",
        f"Up to {CASES} test cases. *Alone*: each operator with one input on the interpreter's own "
        "tensors (16 cases). *Whole*: the outputs of the network. A step is one int8 step.",
        "",
        "| data | net | nodes | accuracy | runtime | alone: outputs | different | largest step "
        "| whole: outputs | different | largest step | same class |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows = RESULT.read_text().splitlines() if RESULT.is_file() else []
    done = [line for line in rows if line.count("|") > 10][2:]
    for name in names:
        dataset = data.load(name)
        for net in NETS:
            if not any(line.startswith(f"| {dataset.name} | {net} |") for line in done):
                with threads(1):
                    done += row(dataset.name, dataset, net)
                RESULT.write_text("\n".join([*head, *done]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
