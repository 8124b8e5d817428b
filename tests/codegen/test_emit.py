import ctypes
import re
from pathlib import Path
from shutil import which
from subprocess import run

import numpy as np
import pytest

from tinypareto.codegen import ModelInfo, emit
from tinypareto.errors import ConfigError
from tinypareto.graph import interpreter
from tinypareto.graph.cost import resources
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory.plan import plan
from tinypareto.graph.op import Op
from tinypareto.graph.ops import OPS
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.table import Table
from tinypareto.graph.quantize import quantize
from tinypareto.targets.host import compile_shared, find_compiler

STRICT = ("-pedantic", "-Wall", "-Wextra", "-Werror")
HOSTILE = (
    "*/ system(); /*",
    'quoted "name" \\',
    "line\nbreak",
    "??/",
    "größe \ud800\x00",
    "n" * 5000,
    "%s",
)
INFO = ModelInfo("net", tuple("abcdefg"), (0.5, -2.0), (3.0, 0.25), ("accuracy 93.1 %",))

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler here")


def network(layer: str = "head.fc") -> Graph:
    rng = np.random.default_rng(0)
    weights = {
        "weight": rng.normal(size=(7, 12)).astype(np.float32),
        "bias": rng.normal(size=7).astype(np.float32),
    }
    nodes = (
        Node("act", Table("hardswish"), ("x",)),
        Node(layer, Linear(7), ("act",), weights),
    )
    graph = Graph("x", (2, 3, 2), nodes)
    return quantize(graph, {"x": (-4.0, 3.0), "act": (-1.0, 4.0), layer: (-20.0, 20.0)})


def macros(text: str) -> dict[str, str]:
    return dict(re.findall(r"^#define (\w+) (.+)$", text, re.MULTILINE))


def test_header_states_the_plan_and_the_scales() -> None:
    graph = network()
    text, made = emit(graph, INFO)["model.h"], plan(graph)
    found = macros(text)
    assert found["MODEL_ARENA_BYTES"] == str(made.arena_bytes)
    assert found["MODEL_INPUT_OFFSET"] == str(made.offsets["x"])
    assert found["MODEL_OUTPUT_OFFSET"] == str(made.offsets["head.fc"])
    assert (found["MODEL_INPUT_BYTES"], found["MODEL_OUTPUT_BYTES"]) == ("12", "7")
    for end, tensor in (("INPUT", "x"), ("OUTPUT", "head.fc")):
        quant = graph.quants[tensor]
        assert float(found[f"MODEL_{end}_SCALE"]) == quant.scale
        assert int(found[f"MODEL_{end}_ZERO_POINT"].strip("()")) == quant.zero_point
    needs = resources(graph)
    for line in (
        "accuracy 93.1 %",
        "Input 2 x 3 x 2, output 1 x 1 x 7.",
        f"ROM {needs.rom_bytes} bytes",
        f"RAM {needs.ram_bytes} bytes",
        f"{needs.flops} FLOPs",
    ):
        assert line in text


def test_text_is_deterministic_ascii_and_integer_only() -> None:
    files = emit(network(), INFO)
    assert files == emit(network(), INFO)
    assert list(files) == ["model.h", "model.c", "model_kernels.h", "model_weights.h"]
    code = re.sub(r"/\*.*?\*/", "", "".join(files.values()), flags=re.DOTALL)
    assert not re.search(r"\b(float|double|malloc|calloc|free|printf)\b", code)
    assert set(re.findall(r"#include <(.*?)>", code)) <= {"stdint.h", "string.h"}
    assert all(text.isascii() and text.endswith("\n") for text in files.values())


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.kind)
def test_kernels_need_no_float_no_heap_and_no_libc(op: type[Op]) -> None:
    code = re.sub(r"/\*.*?\*/", "", op.kernel, flags=re.DOTALL)
    assert not re.search(r"\b(float|double|malloc|calloc|free|printf)\b", code)
    assert "#include" not in code


def test_kernels_are_emitted_once_and_only_if_used() -> None:
    text = emit(network(), INFO)["model_kernels.h"]
    assert text.count("static void tp_linear(") == 1
    assert "tp_conv2d" not in text


@pytest.mark.device
@needs_compiler
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_harmless(name: str, tmp_path: Path) -> None:
    info = ModelInfo(name, (name,) * 7, (1.0, 1.0), (0.0, 0.0), (name,))
    files = emit(network(layer=name), info)
    files["names.c"] = '#include "model.h"\nconst char *const names[] = MODEL_CLASS_NAMES;\n'
    library = ctypes.CDLL(str(compile_shared(files, tmp_path, flags=STRICT)))
    names = (ctypes.c_char_p * 7).in_dll(library, "names")
    expected = name.encode("utf-8", "replace").split(b"\0")[0]
    assert names[6] == expected or names[6] == expected[:117] + b"..."
    assert "system()" not in re.sub(r"/\*.*?\*/", "", files["model.c"], flags=re.DOTALL)


@pytest.mark.device
@needs_compiler
def test_usage_example_of_the_header_works(tmp_path: Path) -> None:
    graph = network()
    files = emit(graph, INFO)
    example = files["model.h"].split(" * Usage:\n *\n")[1].split("\n */")[0]
    files["usage.c"] = re.sub(r"^ \*(?:     )?", "", example, flags=re.MULTILINE) + "\n"
    flags = (*STRICT, "-lm")
    library = ctypes.CDLL(str(compile_shared(files, tmp_path, flags=flags)))
    # Eighths, with which float and double round the same.
    raw = (np.random.default_rng(1).integers(-400, 400, (50, 2, 3, 2)) / 8).astype(np.float32)
    made = [library.classify(sample.ctypes.data_as(ctypes.c_void_p)) for sample in raw]
    assert len(set(made)) > 1
    assert made == interpreter.predict(graph, INFO.to_int8(raw)).tolist()


@pytest.mark.device
@pytest.mark.skipif(which("c++") is None, reason="no C++ compiler here")
def test_header_can_be_included_from_cpp(tmp_path: Path) -> None:
    (tmp_path / "model.h").write_text(emit(network(), INFO)["model.h"])
    (tmp_path / "user.cpp").write_text('#include "model.h"\nvoid (*run)(int8_t *) = model_run;\n')
    run(["c++", "-c", *STRICT, "user.cpp"], cwd=tmp_path, check=True)


def test_infos_that_do_not_fit_are_refused() -> None:
    graph = network()
    with pytest.raises(ConfigError, match="quantize the graph first"):
        emit(Graph("x", (2, 3, 2), graph.nodes), INFO)
    with pytest.raises(ConfigError, match="2 input channels"):
        emit(graph, ModelInfo("net", (), (1.0,), (0.0,)))
    with pytest.raises(ConfigError, match="7 outputs"):
        emit(graph, ModelInfo("net", ("a",), (1.0, 1.0), (0.0, 0.0)))
    with pytest.raises(ConfigError, match="finite"):
        ModelInfo("net", (), (float("nan"),), (0.0,))
