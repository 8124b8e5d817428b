"""Emission of a quantized graph as C files."""

from tinypareto.codegen.header import header
from tinypareto.codegen.model_info import ModelInfo
from tinypareto.codegen.prefix import DEFAULT, prefixed
from tinypareto.codegen.source import kernels, source, weights
from tinypareto.errors import ConfigError
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import plan


def emit(graph: Graph, info: ModelInfo, prefix: str = DEFAULT) -> dict[str, str]:
    """Write the network as C99: no heap, no float, nothing of libc but <stdint.h>.

    Compile model.c; model.h declares `void model_run(int8_t *arena)`. The text depends on the graph
    and the info only.

    Args:
        graph: A quantized graph.
        info: Names, and the gains and biases that turn raw values into the input.
        prefix: Replaces `model` in the names of symbols, macros and files.

    Returns:
        ASCII text by file name: model.h, model.c, model_kernels.h and model_weights.h.

    Raises:
        ConfigError: The graph is not quantized, or `info` does not fit its input or output.
    """
    _check(graph, info)
    memory = plan(graph)
    files = {
        "model.h": header(graph, memory, info),
        "model.c": source(graph, memory),
        "model_kernels.h": kernels(graph),
        "model_weights.h": weights(graph),
    }
    return {prefixed(name, prefix): prefixed(text, prefix) for name, text in files.items()}


def _check(graph: Graph, info: ModelInfo) -> None:
    missing = [name for name in graph.shapes() if name not in graph.quants]
    if missing:
        raise ConfigError(
            f"model {info.name!r}: tensor {missing[0]!r} has no scale; quantize the graph first"
        )
    channels, logits = (graph.shapes()[name][2] for name in (graph.input, graph.output))
    if len(info.gains) != channels:
        raise ConfigError(
            f"model {info.name!r}: got {len(info.gains)} gains, wanted one for each of "
            f"{channels} input channels"
        )
    for what, items in (("class names", info.class_names), ("quantities", info.quantities)):
        if items and len(items) != logits:
            raise ConfigError(
                f"model {info.name!r}: got {len(items)} {what}, wanted one for each of {logits} "
                "outputs"
            )
