"""Nothing that a file says is ever run, nor becomes C."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

import tinypareto
from tinypareto.data.dataset import Dataset
from tinypareto.results.front_file import read_front

SOURCES = sorted(Path(tinypareto.__file__).parent.rglob("*.py"))
RUNS = {"eval", "exec", "compile", "__import__"}
READS = {
    "load": {"pickle", "torch", "joblib", "dill", "marshal", "shelve", "cloudpickle"},
    "loads": {"pickle", "dill", "marshal", "cloudpickle"},
    "open": {"shelve"},
    "Unpickler": {"pickle", "dill"},
    "read_pickle": {"pandas", "pd"},
}
NAME = "x;system();*/ #define model_run \"\n'"


def calls(source: Path) -> list[ast.Call]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_file_is_unpickled_or_run(source: Path) -> None:
    for call in calls(source):
        function, line = call.func, f"{source}:{call.lineno}"
        if isinstance(function, ast.Name):
            assert function.id not in RUNS, line
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            module = function.value.id
            # The restricted reader of data/pickles.py is a class of its own.
            assert module not in READS.get(function.attr, ()), line
            if module in ("np", "numpy") and function.attr == "load":
                options = {k.arg: ast.unparse(k.value) for k in call.keywords}
                assert options.get("allow_pickle") == "False", line


def without_text(source: str) -> str:
    """C without comments and strings."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"', " ", source, flags=re.DOTALL)


def test_names_of_data_and_classes_never_become_c(series: Dataset, tmp_path: Path) -> None:
    names = (NAME, "*/ int evil;", "??/")
    dataset = replace(series, name=NAME, class_names=names)
    front = tinypareto.search(
        dataset,
        out=str(tmp_path / "run"),
        trials=1,
        net="dscnn",
        net_options={"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1},
        space={"epochs": 1, "batch_size": 20},
    )
    assert read_front(tmp_path / "run").dataset == NAME
    folder = tmp_path / "run" / front.points[0].path / "c"
    plain = tinypareto.load_network(folder.parent).c_files("plain")
    for path in folder.iterdir():
        code = without_text(path.read_text(encoding="ascii"))
        assert code.split() == without_text(plain[path.name]).split()
        assert "system" not in code
        assert "evil" not in code
