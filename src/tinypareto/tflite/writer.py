"""Writes an integer graph as a TensorFlow Lite model with int8 input and output."""

from tinypareto.graph.graph import Graph
from tinypareto.tflite.builder import Builder
from tinypareto.tflite.write_ops import TfliteNodeContext, write_op


def to_tflite(graph: Graph, description: str) -> bytes:
    """Convert a graph to a `.tflite` file.

    Its tensors are those of the graph: int8, (1, height, width, channels).

    Args:
        graph: A quantized graph.
        description: Stored in the model.

    Raises:
        ToolchainError: ai-edge-litert is not installed.
        UnsupportedLayerError: A node has no form in TensorFlow Lite.
    """
    to = Builder()
    quant = graph.quants[graph.input]
    numbers = {graph.input: to.activation(graph.input, graph.input_shape, quant)}
    for node in graph.nodes:
        context = TfliteNodeContext(to, graph, node, [numbers[name] for name in node.inputs])
        numbers[node.name] = write_op(node.op, context)
    return to.model(numbers[graph.input], numbers[graph.output], description)
