"""Random QDQ models of one chain with side branches, for comparison with ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
from qdq_models import Qdq

from tinypareto.codegen import ModelInfo, emit
from tinypareto.errors import TinyparetoError
from tinypareto.graph import interpreter
from tinypareto.graph.agreement import LayerDifference
from tinypareto.qdq.check_layers import first_difference
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import import_model, read

Shape = tuple[int, ...]


class RandomQdq(Qdq):
    """A model that grows by random steps; each of them ends with a rounding."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 7, 3).tolist()
        super().__init__(*sizes, seed=seed, opset=19, batch=int(rng.choice([1, 1, 1, 4])))
        self.now: Shape = tuple(sizes)
        self.pick = rng.integers
        self.chance = rng.random
        self.earlier: list[tuple[str, Shape]] = []
        self.steps = [
            *(self._conv, self._conv, self._function, self._pool, self._resize, self._pad),
            *(
                self._two,
                self._clip_of_integers,
                self._constant,
                self._softmax,
                self._rounded_twice,
            ),
        ]
        self._round("input")
        for _ in range(int(self.pick(1, 6))):
            self.steps[int(self.pick(len(self.steps)))](self.last)
        if self.chance() < 0.4:
            self._classes()

    def _round(self, tensor: str) -> str:
        dtype = [np.int8, np.uint8][int(self.pick(2))]
        scale = float(10 ** self.rng.uniform(-2, -0.5))
        zero = int(self.pick(-40, 40)) + (128 if dtype is np.uint8 else 0)
        self.earlier.append((self.rounded(tensor, scale, zero, dtype), self.now))
        return self.last

    def _conv(self, x: str) -> None:
        channels, *sizes = self.now
        depthwise = self.chance() < 0.3
        taps = [int(self.pick(1, min(size, 3) + 1)) for size in sizes]
        filters = channels if depthwise else int(self.pick(1, 6))
        group = channels if depthwise else 1
        scale = self.rng.uniform(0.002, 0.02, filters) if self.chance() < 0.5 else 0.01
        inputs = [x, self.weights(filters, channels // group, *taps, scale=scale)]
        if self.chance() < 0.6:
            inputs.append(self.constant(self.rng.normal(0, 1, filters)))
        pads = [int(self.pick(0, tap)) for tap in taps * 2]
        strides = self.pick(1, 3, 2).tolist()
        y = self.add("Conv", *inputs, group=group, pads=pads, strides=strides)
        before, after = np.reshape(pads, (2, 2))
        sizes = [
            (size + a + b - tap) // step + 1
            for size, a, b, tap, step in zip(sizes, before, after, taps, strides, strict=True)
        ]
        self.now = (filters, *sizes)
        self._round(self._after_conv(y))

    def _after_conv(self, y: str) -> str:
        filters, kind = self.now[0], int(self.pick(6))
        gain = self.rng.normal(0, 1, filters)
        if kind == 0:
            statistics = (
                gain,
                *self.rng.normal(size=(2, filters)),
                self.rng.uniform(0.5, 2, filters),
            )
            y = self.add("BatchNormalization", y, *map(self.constant, statistics))
        elif kind == 1:
            constant = self.constant(gain.reshape(-1, 1, 1) if self.chance() < 0.5 else gain[0])
            y = self.add(str(self.rng.choice(["Mul", "Add", "Sub"])), y, constant)
        if self.chance() < 0.5:
            return self.add("Relu", y)
        bounds = self.constant(0), self.constant(6)
        return self.add("Clip", y, *bounds) if self.chance() < 0.3 else y

    def _function(self, x: str) -> None:
        kinds = ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSwish", "Elu", "Softplus", "Neg"]
        self._round(self.add(str(self.rng.choice(kinds)), x))

    def _pool(self, x: str) -> None:
        kind = str(self.rng.choice(["MaxPool", "AveragePool", "GlobalAveragePool"]))
        channels, *sizes = self.now
        if kind == "GlobalAveragePool":
            self.now = (channels, 1, 1)
            self._round(self.add(kind, x))
            return
        taps = [int(self.pick(1, min(size, 3) + 1)) for size in sizes]
        pads = [int(self.pick(0, tap)) for tap in taps * 2]
        steps, ceil = self.pick(1, 3, 2).tolist(), int(self.chance() < 0.3)
        include: dict[str, Any] = (
            {"count_include_pad": int(self.pick(2))} if kind == "AveragePool" else {}
        )
        y = self.add(
            kind, x, kernel_shape=taps, pads=pads, strides=steps, ceil_mode=ceil, **include
        )
        self.now = tuple(self.inferred()[1:])
        self._round(y)

    def _resize(self, x: str) -> None:
        factors = self.pick(1, 4, 2).tolist()
        modes = ["half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners"]
        roundings = ["round_prefer_floor", "floor", "round_prefer_ceil", "ceil"]
        choice = int(self.pick(2)), int(self.pick(2))
        mode = {
            "coordinate_transformation_mode": modes[choice[0] + 2 * (self.chance() < 0.2)],
            "nearest_mode": roundings[choice[0] + 2 * (self.chance() < 0.2)],
        }
        y = self.add("Resize", x, "", self.constant([1, 1, *factors]), **mode)
        self.now = (self.now[0], *(a * b for a, b in zip(self.now[1:], factors, strict=True)))
        self._round(y)

    def _pad(self, x: str) -> None:
        edges = self.pick(0, 3, 4).tolist()
        pads = self.constant([0, 0, *edges[:2], 0, 0, *edges[2:]], np.int64)
        y = self.add("Pad", x, pads)
        sums = np.reshape(edges, (2, 2)).sum(0).tolist()
        self.now = (self.now[0], *(a + b for a, b in zip(self.now[1:], sums, strict=True)))
        self._round(y)

    def _two(self, x: str) -> None:
        others = [tensor for tensor, shape in self.earlier if shape == self.now]
        other = others[int(self.pick(len(others)))]
        kind = str(self.rng.choice(["Add", "Mul", "Concat"]))
        if kind == "Concat":
            self.now = (2 * self.now[0], *self.now[1:])
        axis: dict[str, Any] = {"axis": 1} if kind == "Concat" else {}
        self._round(self.add(kind, x, other, **axis))

    def _clip_of_integers(self, x: str) -> None:
        parameters = self.constant(0.05), self.constant(int(self.pick(-9, 9)), np.int8)
        integers = self.add("QuantizeLinear", x, *parameters)
        bounds = [self.constant(bound, np.int8) for bound in (-self.pick(20), self.pick(20))]
        self.add("DequantizeLinear", self.add("Clip", integers, *bounds), *parameters)
        self.earlier.append((self.last, self.now))

    def _constant(self, x: str) -> None:
        values = self.rng.normal(0, 1, (self.now[0], 1, 1))
        constant = self.constant(values if self.chance() < 0.5 else values.ravel()[0])
        self._round(self.add(str(self.rng.choice(["Mul", "Add", "Sub", "Div"])), x, constant))

    def _softmax(self, x: str) -> None:
        self.add("Softmax", x, axis=1)
        self.earlier.append((self.rounded(self.last, 1 / 256, -128), self.now))

    def _rounded_twice(self, x: str) -> None:
        filters = int(self.pick(1, 6))
        y = self.add("Conv", x, self.weights(filters, self.now[0], 1, 1, scale=0.004))
        self.now = (filters, *self.now[1:])
        first = self._round(y)
        second = self._round(self.add("Relu", y) if self.chance() < 0.5 else y)
        self._round(self.add("Add", first, second))

    def _classes(self) -> None:
        features = int(np.prod(self.now))
        x = self.add("Flatten", self.last)
        self.now = (3,)
        bias = self.constant(self.rng.normal(size=3))
        self._round(self.add("Gemm", x, self.weights(3, features, scale=0.01), bias, transB=1))


def tried(seed: int, folder: Path) -> LayerDifference | str | None:
    """Read a random model: None if it is right, else what differs or why it is refused."""
    model = load_model(RandomQdq(seed).save(folder))
    try:
        imported = import_model(model)
    except TinyparetoError as refusal:
        return str(refusal)
    shape = (8, *imported.graph.input_shape)
    x = np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)
    return first_difference(imported, model, x)


def damaged(whole: bytes, rng: np.random.Generator, folder: Path) -> str:
    """Cut a file or flip one or two bits; the reason why it is refused, or empty."""
    content = bytearray(whole)
    if rng.random() < 0.1:
        content = content[: int(rng.integers(len(content)))]
    for place in rng.integers(len(content), size=int(rng.integers(1, 3))) if content else ():
        content[place] ^= 1 << int(rng.integers(8))
    path = folder / "damaged.onnx"
    path.write_bytes(content)
    try:
        graph = read(load_model(path))
        x = np.zeros((2, *graph.input_shape), np.int8)
        interpreter.run(graph, x)
        emit(graph, ModelInfo("damaged", (), (1.0,) * x.shape[3], (0.0,) * x.shape[3]))
    except TinyparetoError as refusal:
        return str(refusal)
    return ""
