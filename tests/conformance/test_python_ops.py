"""Every operator of the registry in the exported Python, without tinypareto."""

import sys
from pathlib import Path

import numpy as np
import pytest
from integer_networks import example_network, info_for, random_inputs, random_network
from runs import check_output

from tinypareto.export.package import About, Package
from tinypareto.export.python import FORMAT
from tinypareto.export.write_folder import write
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.ops import OPS
from tinypareto.resources import Limits, Resources
from tinypareto.tasks.metrics.accuracy import ACCURACY

ABOUT = About(
    net="net",
    dataset='"""\nimport os\n',
    trial=0,
    kind=ACCURACY.score,
    score=1,
    score_float=1,
    score_search=1,
    select_on="validation",
    selection="",
    limits=Limits(),
    used=Resources(0, 0, 0),
    board="",
    seed=None,
    version="0",
)
# Neither this project nor anything of it can be found.
ISOLATED = "import sys; sys.modules.update(dict.fromkeys(('tinypareto', 'scipy', 'torch')))"


def package(graph: Graph, seed: int) -> Package:
    info = info_for(graph, class_names=("'a\"\\", "@NODES@\n"))
    x = random_inputs(graph, 8, seed)
    raw = (0.0,) * graph.input_shape[2]
    return Package(graph, info, "net", ABOUT, True, x, "random", raw)


def test_all_operators_run_alone_bit_for_bit(tmp_path: Path) -> None:
    graphs = [example_network(op, seed) for op in OPS for seed in range(3)]
    graphs += [random_network(seed) for seed in range(5)]
    lines = [ISOLATED, "import runpy"]
    for at, graph in enumerate(graphs):
        write(tmp_path / str(at), FORMAT.files(package(graph, at)))
        x = random_inputs(graph, 5, 99)
        np.savez(tmp_path / f"{at}.npz", x=x, y=interpreter.run(graph, x))
        lines += [
            f"made = runpy.run_path('{at}/network.py')",
            f"file = made['np'].load('{at}.npz')",
            "assert (made['run'](file['x']) == file['y']).all()",
        ]
    (tmp_path / "all.py").write_text("\n".join(lines))
    check_output([sys.executable, "-W", "error", "-I", str(tmp_path / "all.py")], tmp_path)


def test_names_stay_texts(tmp_path: Path) -> None:
    graph = random_network(0)
    write(tmp_path, FORMAT.files(package(graph, 0)))
    said = "import network; print(network.CLASS_NAMES)"
    out = check_output([sys.executable, "-c", said], tmp_path)
    assert out == "('\\'a\"\\\\', '@NODES@\\n')\n"


def test_the_check_notices_a_changed_weight(tmp_path: Path) -> None:
    write(tmp_path, FORMAT.files(package(random_network(0), 0)))
    assert "output bytes are equal" in check_output([sys.executable, "check.py"], tmp_path)
    with np.load(tmp_path / "weights.npz") as file:
        arrays = {key: file[key] for key in file.files}
    last = max(key for key in arrays if key.endswith("_bias"))
    arrays[last] = arrays[last] + 10**6
    np.savez(tmp_path / "weights.npz", **arrays)
    with pytest.raises(AssertionError, match=r"^\d of 24"):
        check_output([sys.executable, "check.py"], tmp_path)
