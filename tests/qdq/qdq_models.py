"""Small QDQ models written node by node, as exporters other than ONNX Runtime's write them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tinypareto.graph import interpreter
from tinypareto.graph.agreement import Agreement, compared
from tinypareto.graph.graph import Graph
from tinypareto.qdq.check_layers import first_difference
from tinypareto.qdq.compare import run_onnx
from tinypareto.qdq.model import load_model
from tinypareto.qdq.reader import import_model


class Qdq:
    """A model under construction; every method returns the name of a tensor."""

    def __init__(self, *shape: int, seed: int = 0, opset: int = 17, batch: int | str = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.shape, self.batch, self.opset = shape, batch, opset
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.last, self.output_kind = "input", TensorProto.FLOAT

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        self.last = f"t{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [self.last], **attributes)
        node.name = name or f"n{len(self.nodes)}"
        self.nodes.append(node)
        return self.last

    def rounded(self, tensor: str, scale: float, zero: int = 0, dtype: Any = np.int8) -> str:
        """Quantized and dequantized."""
        parameters = self.constant(scale), self.constant(zero, dtype)
        integers = self.add("QuantizeLinear", tensor, *parameters)
        return self.add("DequantizeLinear", integers, *parameters)

    def weights(self, *shape: int, scale: Any = 0.02, low: int = -127) -> str:
        """Dequantized int8 weights, with one scale or one for each filter."""
        integers = self.constant(self.rng.integers(low, 128, shape), np.int8)
        scales = self.constant(scale)
        zeros = self.constant(np.zeros(np.shape(scale)), np.int8)
        # With one scale, the axis is ignored.
        return self.add("DequantizeLinear", integers, scales, zeros, axis=0)

    def conv(self, tensor: str, filters: int, channels: int, taps: int = 3, **more: Any) -> str:
        name = more.pop("name", "")
        weight = self.weights(filters, channels, taps, taps, **more)
        return self.add("Conv", tensor, weight, name=name)

    def save(self, folder: Path) -> Path:
        """Write the model; the last tensor is its output."""
        path = folder / "model.onnx"
        onnx.save(self.model(), str(path))
        return path

    def model(self) -> Any:
        """The model with all shapes inferred."""
        info, kind = helper.make_tensor_value_info, TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes,
            "qdq",
            [info("input", kind, [self.batch, *self.shape])],
            [info(self.last, self.output_kind, None)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return onnx.shape_inference.infer_shapes(model)

    def inferred(self) -> list[int]:
        """Shape of the last tensor, with the batch axis."""
        (output,) = self.model().graph.output
        return [axis.dim_value for axis in output.type.tensor_type.shape.dim]

    def run(self, folder: Path, cases: int = 64) -> tuple[Graph, Agreement]:
        """Read the model and compare all of its layers and its outputs with ONNX Runtime."""
        model = load_model(self.save(folder))
        imported = import_model(model)
        graph = imported.graph
        shape = (cases, *graph.input_shape)
        x = np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8)
        assert first_difference(imported, model, x) is None
        last = imported.channels_last
        orders = model.input in last, model.output in last
        expected = run_onnx(model.content, graph, x, False, orders)
        assert spread(expected) > 20
        return graph, compared(interpreter.run(graph, x), expected)


def spread(outputs: NDArray[np.int8]) -> int:
    """Number of different values: a comparison of constants would prove nothing."""
    return len(np.unique(outputs))
