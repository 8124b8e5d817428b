"""Compares every layer of an imported model with ONNX Runtime, on the same inputs."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph import agreement
from tinypareto.graph.agreement import Int8, LayerDifference
from tinypareto.graph.graph import Node
from tinypareto.qdq.library import onnx
from tinypareto.qdq.model import OnnxModel
from tinypareto.qdq.reader import ImportedModel
from tinypareto.qdq.runtime import as_int8, run_tensors

RUNTIME = "ONNX Runtime"


def first_difference(imported: ImportedModel, model: OnnxModel, x: Int8) -> LayerDifference | None:
    """Find the first layer that ONNX Runtime computes differently.

    Args:
        imported: The graph, and the names of its tensors in the model.
        model: The model that it was read from.
        x: Quantized inputs, int8 [n, height, width, channels].

    Returns:
        The first such layer in execution order, or None if there is none.

    Raises:
        ToolchainError: ONNX Runtime is not installed, or cannot run the model.
        UnsupportedLayerError: ONNX Runtime computes a tensor of another shape.
    """
    graph = imported.graph
    expected = _tensors(imported, model, x)
    output = _output(imported, model, x, (len(x), *graph.shapes()[graph.output]))
    return agreement.first_difference(graph, x, expected, output, RUNTIME, allowed_steps)


def allowed_steps(node: Node) -> int:
    """Number of int8 steps by which a correct result can differ from ONNX Runtime's.

    One step, because ONNX Runtime rounds halves to even and rescales in float32. Biases are rounded
    to a step of the accumulator, which is more than a step of the output if the ratio of these
    scales is larger than one; a bias that is real in the model then adds half of that ratio.
    """
    if "bias" not in node.arrays:
        return 1
    ratios = node.arrays["multiplier"] / 2.0 ** node.arrays["shift"]
    return 1 + int(ratios.max(initial=0) / 2)


def _tensors(imported: ImportedModel, model: OnnxModel, x: Int8) -> Mapping[str, Int8]:
    """ONNX Runtime's integers for each node whose result the model quantizes."""
    graph, shapes = imported.graph, imported.graph.shapes()
    names = {
        node.name: imported.tensors[node.name]
        for node in graph.nodes
        if node.name in imported.tensors
    }
    wanted = [tensor for tensor, _ in names.values()]
    content = _with_outputs(model, wanted)
    last = imported.channels_last
    arrays = run_tensors(content, graph, x, False, wanted, model.input in last) if wanted else []
    return {
        name: _pixels(
            as_int8(values, graph.quants[name]), shape, (len(x), *shapes[name]), tensor in last
        )
        for (name, (tensor, shape)), values in zip(names.items(), arrays, strict=True)
    }


def _pixels(
    values: Int8, shape: tuple[int, ...], pixels: tuple[int, ...], channels_last: bool
) -> Int8:
    """Change the order of axes from (n, channels, ...) to that of the graph."""
    if values.size != prod(pixels):
        raise UnsupportedLayerError(
            f"model: ONNX Runtime computes {values.shape} where its shapes say {shape} for each "
            "case; export it again"
        )
    if channels_last:
        return values.reshape(pixels)
    return np.moveaxis(values.reshape(len(values), *shape), 1, -1).reshape(pixels)


def _with_outputs(model: OnnxModel, tensors: list[str]) -> bytes:
    """The model with tensors as further outputs."""
    library = onnx()
    extended: Any = library.load_from_string(model.content)
    present = {value.name for value in extended.graph.output}
    to_type = library.helper.np_dtype_to_tensor_dtype
    extended.graph.output.extend(
        library.helper.make_tensor_value_info(name, to_type(model.types[name]), None)
        for name in dict.fromkeys(tensors)
        if name not in present
    )
    content: bytes = extended.SerializeToString()
    return content


def _output(imported: ImportedModel, model: OnnxModel, x: Int8, shape: tuple[int, ...]) -> Int8:
    graph, last = imported.graph, imported.channels_last
    (values,) = run_tensors(model.content, graph, x, False, [model.output], model.input in last)
    steps = as_int8(values, graph.quants[graph.output])
    return _pixels(steps, values.shape[1:], shape, model.output in last)
