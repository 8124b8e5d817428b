"""Small TensorFlow Lite models of random integers, as converters write them."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from tinypareto.graph.requantize import Quant
from tinypareto.tflite.builder import Builder

Shape = tuple[int, ...]


class TfliteNet:
    """A model under construction; the last tensor is the output.

    Args:
        shape: Shape of one case.
        seed: Seed of the integers.
    """

    def __init__(self, *shape: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.to = Builder()
        self.shapes: dict[int, Shape] = {}
        self.quants: dict[int, Quant] = {}
        self.input = self.last = self.tensor(shape, Quant(0.02, int(self.rng.integers(-128, 100))))

    def tensor(self, shape: Shape, quant: Quant) -> int:
        """A new int8 tensor."""
        number = self.to.activation(f"tensor{len(self.shapes)};fused", shape, quant)
        self.shapes[number], self.quants[number] = shape, quant
        return number

    def add(
        self,
        kind: str,
        inputs: Sequence[int],
        shape: Shape,
        quant: Quant | None = None,
        options: str = "",
        **values: Any,
    ) -> int:
        """An operator, whose result has the quantization of its input if none is given."""
        output = self.tensor(shape, quant or self.quants[inputs[0]])
        self.last = self.to.add(kind, inputs, output, options, **values)
        return self.last

    def fused(self, activation: str) -> int:
        return self.to.enum("ActivationFunctionType", activation)

    def _slid(self, padding: str, stride: int, kernel: Shape, shape: Shape) -> tuple[Shape, Any]:
        """Height and width of the result, and the options of the window."""
        same = padding == "SAME"
        sizes = tuple(
            -(-size // stride) if same else (size - taps) // stride + 1
            for size, taps in zip(shape[:2], kernel, strict=True)
        )
        return sizes, {
            "padding": self.to.enum("Padding", padding),
            "strideH": stride,
            "strideW": stride,
        }

    def _filters(self, shape: Shape, axis: int, per_channel: bool = True) -> tuple[list[int], Any]:
        """Weights and biases, and a scale of the result that uses the range of int8."""
        count, source = shape[axis], self.quants[self.last]
        scales = self.rng.uniform(0.001, 0.02, count if per_channel else 1)
        weight = self.to.constant(
            "weight", self.rng.integers(-128, 128, shape).astype(np.int8), scales, axis
        )
        biases = self.rng.integers(-(2**13), 2**13, count).astype(np.int32)
        bias = self.to.constant("bias", biases, scales * source.scale)
        spread = source.scale * scales.max() * 74 * 74 * (prod(shape) / count) ** 0.5
        return [self.last, weight, bias], float(spread / 40)

    def conv(
        self,
        filters: int,
        kernel: Shape,
        stride: int = 1,
        padding: str = "SAME",
        activation: str = "NONE",
    ) -> int:
        shape = self.shapes[self.last]
        inputs, scale = self._filters((filters, *kernel, shape[2]), 0)
        sizes, window = self._slid(padding, stride, kernel, shape)
        quant = Quant(scale, -128 if activation != "NONE" else int(self.rng.integers(-20, 20)))
        fused = self.fused(activation)
        options = {**window, "fusedActivationFunction": fused}
        return self.add("CONV_2D", inputs, (*sizes, filters), quant, "Conv2DOptions", **options)

    def depthwise(
        self, multiplier: int, kernel: Shape, stride: int = 1, padding: str = "SAME"
    ) -> int:
        shape = self.shapes[self.last]
        filters = shape[2] * multiplier
        inputs, scale = self._filters((1, *kernel, filters), 3)
        sizes, window = self._slid(padding, stride, kernel, shape)
        options = {**window, "depthMultiplier": multiplier}
        kind = "DepthwiseConv2DOptions"
        result, quant = (*sizes, filters), Quant(scale, int(self.rng.integers(-20, 20)))
        return self.add("DEPTHWISE_CONV_2D", inputs, result, quant, kind, **options)

    def linear(self, filters: int, activation: str = "NONE") -> int:
        inputs, scale = self._filters((filters, prod(self.shapes[self.last])), 0, False)
        fused = {"fusedActivationFunction": self.fused(activation)}
        kind = "FullyConnectedOptions"
        return self.add("FULLY_CONNECTED", inputs, (filters,), Quant(scale, 5), kind, **fused)

    def pool(self, kind: str, kernel: int, stride: int, padding: str, activation: str) -> int:
        shape = self.shapes[self.last]
        sizes, window = self._slid(padding, stride, (kernel, kernel), shape)
        fused = {"fusedActivationFunction": self.fused(activation)}
        options = {**window, **fused, "filterHeight": kernel, "filterWidth": kernel}
        return self.add(kind, [self.last], (*sizes, shape[2]), options="Pool2DOptions", **options)

    def both(self, kind: str, options: str, first: int, second: int, scale: float) -> int:
        """An operator of two tensors of the same shape."""
        fused = {"fusedActivationFunction": self.fused("RELU")}
        return self.add(
            kind, [first, second], self.shapes[first], Quant(scale, -100), options, **fused
        )

    def function(self, kind: str, quant: Quant, options: str = "", **values: Any) -> int:
        shape = self.shapes[self.last]
        return self.add(kind, [self.last], shape, quant, options, **values)

    def reshape(self, *shape: int) -> int:
        sizes = self.to.constant("sizes", np.array([1, *shape], np.int32))
        return self.add("RESHAPE", [self.last, sizes], shape, options="ReshapeOptions")

    def transpose(self, *axes: int) -> int:
        order = self.to.constant("axes", np.array([0, *axes], np.int32))
        shape = tuple(self.shapes[self.last][axis - 1] for axis in axes)
        return self.add("TRANSPOSE", [self.last, order], shape, options="TransposeOptions")

    def softmax(self) -> int:
        return self.function("SOFTMAX", Quant(1 / 256, -128), "SoftmaxOptions", beta=1.0)

    def content(self) -> bytes:
        return self.to.model(self.input, self.last, "test")

    def save(self, folder: Path) -> Path:
        path = folder / "model.tflite"
        path.write_bytes(self.content())
        return path


def image_net(seed: int = 0) -> TfliteNet:
    """Every operator of the MLPerf Tiny models, with uneven padding."""
    net = TfliteNet(9, 8, 3, seed=seed)
    net.conv(6, (3, 4), 2, activation="RELU")
    first = net.depthwise(1, (3, 3))
    second = net.conv(6, (1, 1), activation="RELU6")
    scale = 2 * max(net.quants[first].scale, net.quants[second].scale)
    net.both("ADD", "AddOptions", first, second, scale)
    net.depthwise(2, (2, 3), 1, "VALID")
    net.pool("MAX_POOL_2D", 2, 1, "SAME", "NONE")
    net.pool("AVERAGE_POOL_2D", 2, 2, "SAME", "RELU")
    net.conv(5, (2, 1), padding="VALID")
    net.reshape(prod(net.shapes[net.last]))
    net.linear(4, "RELU")
    net.linear(4)
    net.softmax()
    return net


def series_net(seed: int = 0) -> TfliteNet:
    """A series whose features are flattened channel by channel, as PyTorch does."""
    net = TfliteNet(11, 4, seed=seed)
    net.reshape(1, 11, 4)
    net.conv(3, (1, 5), 2, activation="RELU")
    net.reshape(6, 3)
    net.transpose(2, 1)
    net.reshape(18)
    net.linear(5)
    net.softmax()
    return net


def functions_net(seed: int = 0) -> TfliteNet:
    """Operators that Keras models have besides."""
    net = TfliteNet(5, 5, 2, seed=seed)
    pads = net.to.constant("pads", np.array([[0, 0], [1, 0], [0, 2], [0, 0]], np.int32))
    net.add("PAD", [net.last, pads], (6, 7, 2), options="PadOptions")
    first = net.conv(4, (3, 3), padding="VALID")
    net.function("HARD_SWISH", Quant(net.quants[first].scale / 2, -100), "HardSwishOptions")
    alpha, scale = {"alpha": 0.125}, net.quants[net.last].scale
    net.function("LEAKY_RELU", Quant(scale, 3), "LeakyReluOptions", **alpha)
    gate = net.function("LOGISTIC", Quant(1 / 256, -128))
    net.last = first
    other = net.function("TANH", Quant(1 / 128, 0))
    product = net.both("MUL", "MulOptions", gate, other, 1 / 256)
    again = net.function("QUANTIZE", Quant(1 / 200, -90), "QuantizeOptions")
    net.last = product
    second = net.function("RELU6", net.quants[again])
    fused = {"fusedActivationFunction": net.fused("NONE")}
    kind, quant = "ConcatenationOptions", net.quants[again]
    net.add("CONCATENATION", [again, second], (4, 5, 8), quant, kind, axis=-1, **fused)
    axes = net.to.constant("axes", np.array([1, 2], np.int32))
    net.add("MEAN", [net.last, axes], (8,), Quant(1 / 300, 4), "ReducerOptions")
    net.linear(3)
    return net
