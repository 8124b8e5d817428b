"""Float models as other tools export them, quantized by ONNX Runtime's own tool."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)


class Builder:
    """Appends float nodes to a chain."""

    def __init__(self, seed: int, shape: tuple[int, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        self.shape, self.last, self.opset = shape, "data", 17
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, *shape: int) -> str:
        name = f"c{len(self.constants)}"
        taps = max(1, int(np.prod(shape[1:])))
        values = self.rng.normal(0, taps**-0.5, shape).astype(np.float32)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, *more: str, given: str = "", **attributes: Any) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        inputs = [given or self.last, *more]
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        self.last = name
        return name

    def conv(self, filters: int, channels: int, kernel: tuple[int, ...], **more: Any) -> str:
        weight = self.constant(filters, channels, *kernel)
        return self.add("Conv", weight, self.constant(filters), kernel_shape=kernel, **more)

    def save(self, path: Path, classes: int) -> Path:
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "foreign",
            [info("data", TensorProto.FLOAT, ["n", *self.shape])],
            [info(self.last, TensorProto.FLOAT, ["n", classes])],
            self.constants,
        )
        opset = [helper.make_opsetid("", self.opset)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
        return path


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, cases: NDArray[np.float32]) -> None:
        self._cases = iter(cases)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        case = next(self._cases, None)
        return None if case is None else {"data": case[None]}


def quantized(build: Builder, folder: Path, classes: int, **options: Any) -> Path:
    """The model, statically quantized with QDQ nodes."""
    made = folder / "int8.onnx"
    cases = np.random.default_rng(1).normal(size=(16, *build.shape)).astype(np.float32)
    given = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    quantize_static(
        str(build.save(folder / "float.onnx", classes)),
        str(made),
        _Reader(cases),
        quant_format=QuantFormat.QDQ,
        **(given | {"per_channel": True} | options),
    )
    return made


def image_network() -> Builder:
    """Convolutions of every kind, a residual sum, pools, and fully connected layers."""
    build = Builder(0, (3, 12, 12))
    build.conv(8, 3, (3, 3), pads=(1, 1, 1, 1))
    start = build.add("Relu")
    build.conv(8, 1, (3, 3), pads=(1, 1, 1, 1), group=8)
    build.add("Clip", *_bounds(build, 0, 6))
    build.conv(8, 8, (1, 1))
    build.add("Add", start)
    build.add("MaxPool", kernel_shape=(2, 2), strides=(2, 2))
    build.conv(12, 8, (3, 3), pads=(0, 0, 1, 1), strides=(2, 2))
    build.add("HardSwish")
    build.conv(12, 12, (1, 1))
    build.add("AveragePool", kernel_shape=(3, 3), strides=(3, 3))
    build.add("Flatten")
    weight, bias = build.constant(10, 12), build.constant(10)
    build.add("Gemm", weight, bias, transB=1)
    build.add("Relu")
    build.add("Gemm", build.constant(10, 4), build.constant(4))
    return build


def series_network() -> Builder:
    """One-dimensional, with a squeeze-and-excitation block and a concatenation."""
    build = Builder(1, (2, 40))
    build.conv(8, 2, (5,), pads=(2, 2), strides=(2,))
    start = build.add("Relu")
    build.add("GlobalAveragePool")
    build.conv(4, 8, (1,))
    build.add("Relu")
    build.conv(8, 4, (1,))
    gate = build.add("Sigmoid")
    gated = build.add("Mul", gate, given=start)
    build.conv(6, 8, (3,), pads=(1, 1))
    build.add("Concat", gated, axis=1)
    build.add("ReduceMean", axes=[2], keepdims=0)
    build.add("MatMul", build.constant(14, 3))
    build.add("Add", build.constant(3))
    return build


def softmax_network(over_pixels: bool = False) -> Builder:
    """A convolution and a fully connected layer, with a softmax over the classes.

    Args:
        over_pixels: Put the softmax before the pooling instead.
    """
    build = Builder(2, (3, 6, 6))
    build.conv(8, 3, (3, 3))
    if over_pixels:
        build.add("Softmax", axis=1)
    build.add("GlobalAveragePool")
    build.add("Flatten")
    build.add("Gemm", build.constant(8, 4), build.constant(4))
    if not over_pixels:
        build.add("Softmax", axis=-1)
    return build


def _bounds(build: Builder, low: float, high: float) -> list[str]:
    names = []
    for value in (low, high):
        names.append(f"c{len(build.constants)}")
        build.constants.append(numpy_helper.from_array(np.array(value, np.float32), names[-1]))
    return names
