"""A folder of Python that runs the integer network with NumPy alone."""

import io

import numpy as np

from tinypareto.export.extract_source import extract
from tinypareto.export.fill_template import plain
from tinypareto.export.onnx import vectors
from tinypareto.export.package import Files, Format, Package
from tinypareto.graph.graph import Graph, Node

USE = """\
    pip install numpy
    python check.py
    python @PROGRAM@.py < recording.csv

or `import network` and call `network.@PROGRAM@(raw)` with raw values (n, height, width, channels).
`network.py` holds the sources of tinypareto's own interpreter: its outputs are those of the C, byte
for byte. `check.py` compares it with recorded ones.
"""


def _network(package: Package) -> str:
    graph, info, about = package.graph, package.info, package.about
    return package.text(
        "network.py.txt",
        TITLE=plain(about.title),
        VERSION=about.version,
        OPERATORS=extract([node.op for node in graph.nodes]),
        GAINS=list(info.gains),
        BIASES=list(info.biases),
        INPUT_SHAPE=graph.input_shape,
        CLASS_NAMES=info.class_names,
        NAMES=tuple(one.name for one in info.quantities),
        UNITS=[one.gain for one in info.quantities],
        ZEROS=[one.bias for one in info.quantities],
        INPUT=repr(graph.input),
        NODES="\n".join(f"    {_node(node)}," for node in graph.nodes),
    )


def _node(node: Node) -> str:
    return repr((node.name, node.op, node.inputs, dict(node.scalars)))


def _weights(graph: Graph) -> bytes:
    stored = io.BytesIO()
    arrays = {
        f"{index}_{key}": array
        for index, node in enumerate(graph.nodes)
        for key, array in node.arrays.items()
    }
    np.savez(stored, **arrays)  # type: ignore[arg-type]
    return stored.getvalue()


def _files(package: Package) -> Files:
    return {
        "network.py": _network(package),
        "weights.npz": _weights(package.graph),
        "vectors.npz": vectors(package),
        f"{package.program}.py": package.text("classify_python.py.txt"),
        "check.py": package.text("check_python.py.txt"),
    }


FORMAT = Format("Python that needs NumPy only", _files, lambda package: package.filled(USE))
