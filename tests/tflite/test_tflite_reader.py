"""TensorFlow Lite models are computed like LiteRT, or refused."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from tflite_models import TfliteNet, functions_net, image_net, series_net

from tinypareto.deploy.imported import ImportedNetwork, import_network
from tinypareto.errors import TinyparetoError
from tinypareto.graph.ops import filters
from tinypareto.graph.requantize import Quant
from tinypareto.tflite import check_layers
from tinypareto.tflite.model import load_model
from tinypareto.tflite.read_ops import READERS
from tinypareto.tflite.read_views import VIEWS
from tinypareto.tflite.reader import ENDS, import_model

NETS = (image_net, series_net, functions_net)
FOLDERS = os.environ.get("TINYPARETO_TFLITE_MODELS", "")
"""Folders with real models, such as those of MLPerf Tiny, for tests by hand."""
REAL = sorted(path for at in FOLDERS.split(os.pathsep) if at for path in Path(at).glob("*.tflite"))


def twice_rounded(
    accumulator: NDArray[np.int64], multiplier: NDArray[Any], shift: NDArray[Any]
) -> NDArray[np.int64]:
    """`rescale` as TensorFlow Lite does it without TFLITE_SINGLE_ROUNDING."""
    left = np.maximum(31 - shift.astype(np.int64), 0)
    products = (accumulator << left) * multiplier.astype(np.int64)
    nudged = products + np.where(products >= 0, 2**30, 1 - 2**30)
    high = np.sign(nudged) * (np.abs(nudged) >> 31)
    right = np.maximum(shift.astype(np.int64) - 31, 0)
    mask = (np.int64(1) << right) - 1
    threshold = (mask >> 1) + (high < 0)
    steps: NDArray[np.int64] = (high >> right) + ((high & mask) > threshold)
    return steps


def no_layer_is_wrong(network: ImportedNetwork) -> None:
    done = network.compare()
    assert done.not_compared == ""
    assert done.wrong_layer is None


@pytest.mark.parametrize("make", NETS)
@pytest.mark.parametrize("seed", range(4))
def test_every_layer_is_litert_s_to_one_step(
    make: Callable[[int], TfliteNet], seed: int, tmp_path: Path
) -> None:
    no_layer_is_wrong(import_network(make(seed).save(tmp_path)))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_every_layer_of_real_models_is_litert_s_to_one_step(path: Path) -> None:
    if path.stem == "model":
        with pytest.raises(TinyparetoError, match="is FLOAT32"):
            import_network(path)
    else:
        no_layer_is_wrong(import_network(path))


def test_with_two_roundings_filters_are_litert_s_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nothing but the rounding can differ."""
    monkeypatch.setattr(check_layers, "ALLOWED", 0)
    networks = []
    for seed in range(8):
        net = TfliteNet(9, 8, 3, seed=seed)
        net.conv(6, (3, 4), 2, activation="RELU")
        net.depthwise(1, (3, 3))
        net.conv(8, (1, 1), activation="RELU6")
        net.depthwise(2, (2, 3), 1, "VALID")
        networks.append(import_network(net.save(tmp_path)))
    assert any(network.compare().wrong_layer for network in networks)
    monkeypatch.setattr(filters, "rescale", twice_rounded)
    assert not any(network.compare().wrong_layer for network in networks)


@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_ends_of_other_types_are_left_out(kind: str, tmp_path: Path) -> None:
    net = image_net()
    quant, shape = net.quants[net.input], net.shapes[net.input]
    to, last = net.to, net.last
    first = other_end(net, "in", shape, quant, kind)
    final = other_end(net, "out", (4,), net.quants[last], kind)
    to.add("QUANTIZE", [first], net.input, "QuantizeOptions")
    to._operators.insert(0, to._operators.pop())
    to.add("DEQUANTIZE" if kind == "float32" else "QUANTIZE", [last], final)
    path = tmp_path / "model.tflite"
    path.write_bytes(to.model(first, final, "test"))
    plain = import_model(load_model(image_net().save(tmp_path / "..")))
    model = load_model(path)
    imported = import_model(model)
    assert [node.op for node in imported.graph.nodes] == [node.op for node in plain.graph.nodes]
    x = np.random.default_rng(0).integers(-128, 128, (16, *shape)).astype(np.int8)
    agreements, wrong = check_layers.compare(imported, model, x)
    assert wrong is None
    assert agreements["LiteRT, default kernels"].largest <= 1


def other_end(net: TfliteNet, name: str, shape: tuple[int, ...], quant: Quant, kind: str) -> int:
    """A tensor of another type that stands for the same numbers."""
    number = net.to.activation(name, shape, Quant(quant.scale, quant.zero_point + 128))
    tensor = net.to._tensors[number]
    tensor.type = net.to.enum("TensorType", kind.upper())
    if kind == "float32":
        tensor.quantization = None
    return number


def changed(change: Callable[[TfliteNet], Any]) -> TfliteNet:
    net = TfliteNet(5, 4, 3)
    change(net)
    return net


REFUSED: dict[str, tuple[Callable[[TfliteNet], Any], str]] = {
    "unknown": (lambda net: net.function("ABS", Quant(0.1, 0)), "ABS 'tensor1': has no integer"),
    "tanh": (lambda net: net.conv(2, (1, 1), activation="TANH"), "fused activation TANH"),
    "beta": (
        lambda net: net.function("SOFTMAX", Quant(1 / 256, -128), "SoftmaxOptions", beta=2.0),
        "beta=2.0; wanted 1",
    ),
    "pooled": (
        lambda net: net.function("MAX_POOL_2D", net.quants[net.input], "Pool2DOptions"),
        "kernel (0, 0)",
    ),
    "moved": (
        lambda net: (net.transpose(2, 1, 3), net.conv(2, (1, 1))),
        "whose values were reshaped or transposed; only a fully connected layer can",
    ),
    "moved end": (lambda net: (net.conv(2, (2, 1)), net.transpose(2, 1, 3)), "its output is no"),
    "wide": (lambda net: net.add("RELU", [net.last], (5, 4, 3, 1)), "has shape (1, 5, 4, 3, 1)"),
    "requantized": (
        lambda net: net.add("RESHAPE", [net.last], (60,), Quant(1.0, 0)),
        "changes the quantization",
    ),
    "scale": (lambda net: net.function("RELU", Quant(float("nan"), 0)), "INT8 with 1 scales"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_integer_counterpart_is_refused(case: str, tmp_path: Path) -> None:
    change, said = REFUSED[case]
    with pytest.raises(TinyparetoError) as refused:
        import_network(changed(change).save(tmp_path))
    assert said in str(refused.value)


def test_every_reader_is_tried() -> None:
    kinds = {kind for make in NETS for kind in make(0).to._codes}
    assert {*READERS, *VIEWS} - kinds <= {"RELU", "SQUEEZE", "EXPAND_DIMS"}
    assert not set(ENDS) & set(VIEWS)


@pytest.mark.parametrize("content", [None, b"", b"nonsense" * 9, image_net().content()[:900]])
def test_what_is_no_model_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TinyparetoError, match=r"model\.tflite: (no such file|is no valid)"):
        import_network(path)


def test_a_filter_that_is_all_but_switched_off_keeps_its_bias(tmp_path: Path) -> None:
    """Its scale is so small that its bias nearly fills an int32, as in MLPerf Tiny's MobileNet."""
    net = TfliteNet(4, 4, 3)
    net.conv(4, (1, 1), activation="RELU")
    weight, bias = net.to._operators[0].inputs[1:]
    scales = net.to._tensors[weight].quantization.scale
    scales[1] = 1e-11
    net.to._tensors[bias].quantization.scale = scales * np.float32(0.02)
    data = net.to._buffers[net.to._tensors[bias].buffer].data.view(np.int32).copy()
    data[1] = 2_000_000_000
    net.to._buffers[net.to._tensors[bias].buffer].data = data.view(np.uint8)
    no_layer_is_wrong(import_network(net.save(tmp_path)))
