"""`tinypareto measure` on models that another tool quantized."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tinypareto.cli import main
from tinypareto.errors import ToolchainError
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.targets.toolchain import find_toolchain

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from foreign_models import Builder, image_network, quantized, series_network

pytestmark = pytest.mark.device
Capture = pytest.CaptureFixture[str]
BOARD = ("--board", "nrf52840-dk")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    return quantized(image_network(), tmp_path_factory.mktemp("models"), 4)


def test_sizes_work_and_agreement(model: Path, capsys: Capture) -> None:
    assert main(["measure", str(model), *BOARD, "--cases", "2", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["mismatches"] == 0
    assert done["output_bytes"] == 2 * 4
    assert done["ram_bytes"]["arena"] == done["arena_bytes"]
    assert done["instructions"] == sum(row["instructions"] for row in done["layers"])
    assert 2 * done["macs"] == done["flops"]
    kinds = [row["kind"] for row in done["layers"]]
    # Activations are fused where nothing rounds in between.
    assert kinds == [
        *("conv2d", "depthwise_conv2d", "conv2d", "add", "max_pool", "conv2d", "table"),
        *("conv2d", "average_pool", "linear", "linear", "main"),
    ]
    assert done["onnx_runtime"]["largest"] <= 1
    assert done["onnx_runtime"]["cases"] == 64


def test_the_table_for_people(tmp_path: Path, model: Path, capsys: Capture) -> None:
    series = quantized(series_network(), tmp_path, 3)
    assert main(["measure", str(series), *BOARD, "--cases", "1"]) == 0
    out = capsys.readouterr().out
    assert "int8.onnx on nrf52840-dk (cortex-m4, 64 MHz)" in out
    assert "3 of 3 output bytes equal the interpreter's (1 random inputs)" in out
    assert "ONNX Runtime, 64 random inputs: " in out


def test_a_layer_that_differs_is_named_and_fails(
    model: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = MaxPool.run

    def wrong(self: MaxPool, *arguments: Any) -> NDArray[np.int8]:
        return kept(self, *arguments) // 2

    monkeypatch.setattr(MaxPool, "run", wrong)
    assert main(["measure", str(model), *BOARD, "--cases", "1", "--json"]) == 1
    captured = capsys.readouterr()
    assert "max_pool 'maxpool6': got results that differ from ONNX Runtime's" in captured.err
    assert json.loads(captured.out)["wrong_layer"]["layer"] == "maxpool6"


def test_without_onnx_runtime_it_says_that_nothing_was_compared(
    model: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert main(["measure", str(model), *BOARD, "--cases", "1"]) == 0
    out = capsys.readouterr().out
    assert "nothing was compared with ONNX Runtime: onnxruntime is not installed" in out


def test_without_onnx_the_message_says_how_to_get_it(
    model: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["measure", str(model), *BOARD]) == 1
    assert "pip install 'tinypareto[onnx]'" in capsys.readouterr().err


def test_an_operator_without_counterpart_names_itself(tmp_path: Path, capsys: Capture) -> None:
    build = Builder(0, (2, 8, 8))
    build.conv(4, 2, (3, 3))
    build.add("InstanceNormalization", build.constant(4), build.constant(4))
    build.conv(3, 4, (6, 6))
    build.add("Flatten")
    assert main(["measure", str(quantized(build, tmp_path, 3)), *BOARD]) == 2
    said = capsys.readouterr().err
    assert "InstanceNormalization 'instancenormalization1': has no integer operator" in said
    assert "supported are Add, AveragePool" in said


def test_a_float_model_is_refused(tmp_path: Path, capsys: Capture) -> None:
    path = image_network().save(tmp_path / "float.onnx", 4)
    assert main(["measure", str(path), *BOARD]) == 2
    assert "Conv 'conv0': its weights are no symmetric int8" in capsys.readouterr().err


def test_a_result_that_nothing_rounds_is_refused(tmp_path: Path, capsys: Capture) -> None:
    build = Builder(0, (2, 8, 8))
    build.conv(4, 2, (3, 3))
    build.add("HardSwish")
    build.add("AveragePool", kernel_shape=(6, 6))
    build.add("Flatten")
    build.add("Gemm", build.constant(4, 3), build.constant(3))
    assert main(["measure", str(quantized(build, tmp_path, 3)), *BOARD]) == 2
    assert "table 'hardswish1': its result is not quantized" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"nonsense" * 9])
def test_what_is_no_model_is_refused(
    content: bytes | None, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    assert main(["measure", str(path), *BOARD]) == 2
    captured = capsys.readouterr()
    assert "model.onnx" in captured.err
    assert captured.err.count("\n") == 1
