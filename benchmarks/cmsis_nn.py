"""Computes a layer with a user's copy of CMSIS-NN, for comparison only; no part of it is kept.

Built with CMSIS_NN_USE_SINGLE_ROUNDING it rounds as we do, and its outputs are the same bytes.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from tinypareto.codegen.text import wrapped
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory.plan import plan
from tinypareto.graph.op import Op, Shape
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.linear import Linear

FUNCTIONS: dict[type[Op], str] = {
    Conv2d: "arm_convolve",
    DepthwiseConv2d: "arm_depthwise_conv",
    Linear: "arm_fully_connected",
}
STRING_H = """#include <stddef.h>
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
"""
SINGLE = "#define CMSIS_NN_USE_SINGLE_ROUNDING\n"


def layer(graph: Graph, folder: Path, single: bool) -> dict[str, str]:
    """C files that compute a graph of one layer by CMSIS-NN.

    Args:
        graph: Quantized graph of one convolution, depthwise convolution or linear layer.
        folder: Folder of CMSIS-NN.
        single: Whether it rounds once.
    """
    (node,) = graph.nodes
    given, made = graph.shapes().values()
    size = plan(graph)
    texts = _sources(node.op, folder)
    body = _body(graph, node, given, made)
    places = (
        f"const int8_t *from = arena + {size.offsets[graph.input]};\n"
        f"int8_t *to = arena + {size.offsets[node.name]};\n"
    )
    included = [f'#include "{name}"' for name in texts if name.endswith(".inc")]
    run = f"void model_run(int8_t *arena)\n{{\n{places}{body}}}\n"
    model = "\n".join([SINGLE if single else "", *included, *_constants(graph, node), run])
    header = f"#include <stdint.h>\n#define MODEL_ARENA_BYTES {size.arena_bytes}\n"
    header += "void model_run(int8_t *arena);\n"
    return {**texts, "string.h": STRING_H, "model.h": header, "model.c": model}


def release(folder: Path) -> str:
    """Date and revision that its header states."""
    text = (folder / "Include" / "arm_nnfunctions.h").read_text("utf-8")
    return ", ".join(" ".join(found) for found in re.findall(r"\$(Date|Revision):\s*(.+)", text))


def _sources(op: Op, folder: Path) -> dict[str, str]:
    """Collect all sources that the layer may need in one folder, included by one file."""
    used = [folder / "Source" / "NNSupportFunctions", folder / "Source" / "ConvolutionFunctions"]
    if isinstance(op, Linear):
        used[1] = folder / "Source" / "FullyConnectedFunctions"
    paths = [path for part in used for path in sorted(part.glob("*_s8*.c"))]
    paths += used[0].glob("*q7*.c")
    paths = [
        p for p in paths if not any(other in p.name for other in ("lstm", "transpose", "_mve"))
    ]
    found = {path.with_suffix(".inc").name: path for path in paths}
    found |= {path.name: path for path in sorted((folder / "Include").rglob("*.h"))}
    return {
        name: path.read_text("utf-8").encode("ascii", "replace").decode().replace("Internal/", "")
        for name, path in found.items()
    }


def _constants(graph: Graph, node: Node) -> list[str]:
    arrays = node.arrays
    weight = arrays["weight"].astype(np.int64)
    taps = (0, 1) if isinstance(node.op, DepthwiseConv2d) else tuple(range(1, weight.ndim))
    zero_point = graph.quants[graph.input].zero_point
    values: dict[str, Any] = {
        "int8_t weight": weight,
        "int32_t bias": arrays["bias"] + zero_point * weight.sum(taps),
        "int32_t multiplier": arrays["multiplier"],
        "int32_t shift": 31 - arrays["shift"].astype(np.int64),
    }
    return [
        f"static const {name}[] = {{\n{wrapped(array.ravel().tolist())}\n}};"
        for name, array in values.items()
    ]


def _body(graph: Graph, node: Node, given: Shape, made: Shape) -> str:
    op, scalars, function = node.op, node.scalars, FUNCTIONS[type(node.op)]
    offset = -graph.quants[graph.input].zero_point
    bounds = f"{{{scalars['low']}, {scalars['high']}}}"
    scales = "(int32_t *)multiplier, (int32_t *)shift"
    if isinstance(op, Linear):
        count = given[0] * given[1] * given[2]
        given, filters = (1, 1, count), (count, 1, 1, made[2])
        kind = f"fc_params parameters = {{{offset}, 0, {scalars['zero_point']}, {bounds}}}"
        scaling = f"quant_params scaling = {{{scales}, 1}}"
        buffer = ""
    else:
        assert isinstance(op, Conv2d | DepthwiseConv2d)
        window, deep = op.window, isinstance(op, DepthwiseConv2d)
        tiles = (*window.stride[::-1], window.padding[2], window.padding[0], 1, 1)
        pairs = ", ".join(f"{{{w}, {h}}}" for w, h in zip(tiles[::2], tiles[1::2], strict=True))
        filters = (1 if deep else made[2], *window.kernel, made[2] if deep else given[2])
        kind = f"{'dw_' if deep else ''}conv_params parameters = {{{offset}, "
        kind += f"{scalars['zero_point']}, {'1, ' if deep else ''}{pairs}, {bounds}}}"
        scaling = f"per_channel_quant_params scaling = {{{scales}}}"
        buffer = f"{function}_wrapper_s8_get_buffer_size(&parameters, &input, &filter, &output)"
    room = f"if ({buffer} > (int32_t)sizeof buffer) {{ for (;;) {{ }} }}\n" if buffer else ""
    dims = {"input": (1, *given), "filter": filters, "output": (1, *made), "biases": (1, 1, 1, 1)}
    return (
        "static int32_t buffer[2048];\nconst cmsis_nn_context context = {buffer, sizeof buffer};\n"
        + "".join(
            f"const cmsis_nn_dims {name} = {{{', '.join(map(str, numbers))}}};\n"
            for name, numbers in dims.items()
        )
        + f"const cmsis_nn_{kind};\nconst cmsis_nn_{scaling};\n{room}"
        + f"{function}_wrapper_s8(&context, &parameters, &scaling, &input, from, &filter, weight, "
        + "&biases, bias, &output, to);\n"
    )
