"""The text of model.c and of the two headers that only it includes, weights and kernels."""

from collections.abc import Mapping
from textwrap import indent, wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen.text import WIDTH, comment_lines, comment_text, wrapped_integers
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.memory.liveness import workspace
from tinypareto.graph.memory.plan import Plan
from tinypareto.graph.op import CNodeContext, Shape
from tinypareto.graph.ops.common import COMMON

LAYER = """\
/* Stands before each layer: define it as a statement to measure them one by one. */
#ifndef MODEL_LAYER
#define MODEL_LAYER(n) ((void)(n))
#endif
"""

C_TYPES = {np.dtype(name): f"{name}_t" for name in ("int8", "int16", "int32")}


def kernels(graph: Graph) -> str:
    """Write model_kernels.h: each kernel that the graph uses once, in order of first use."""
    used = dict.fromkeys(node.op.kernel.strip() for node in graph.nodes)
    return _private_header("MODEL_KERNELS_H", [COMMON.strip(), *filter(None, used)])


def weights(graph: Graph) -> str:
    """Write model_weights.h: every constant array of the graph."""
    blocks = []
    for index, node in enumerate(graph.nodes):
        for key, array in node.arrays.items():
            title = f"/* {comment_text(node.name)}: {key} {' x '.join(map(str, array.shape))} */"
            blocks.append(f"{title}\n{_array(constant_name(index, node, key), array)}")
    return _private_header("MODEL_WEIGHTS_H", ["#include <stdint.h>", *blocks])


def source(graph: Graph, plan: Plan) -> str:
    """Write model.c: one statement per node, in the order of the plan."""
    shapes = graph.shapes()
    body = "\n\n".join(
        f"{_describe(node, shapes)}\nMODEL_LAYER({index});\n"
        f"{_statement(node.op.c_call(_context(index, node, shapes, plan)))}"
        for index, node in ((index, graph.nodes[index]) for index in plan.order)
    )
    includes = "\n".join(
        f'#include "{name}"' for name in ("model.h", "model_kernels.h", "model_weights.h")
    )
    return f"{includes}\n\n{LAYER}\nvoid model_run(int8_t *arena)\n{{\n{indent(body, '    ')}\n}}\n"


def constant_name(index: int, node: Node, key: str) -> str:
    """Make the C identifier of a node's array; it does not depend on the names of layers."""
    return f"model_{index:02d}_{node.op.kind}_{key}"


def _context(index: int, node: Node, shapes: Mapping[str, Shape], plan: Plan) -> CNodeContext:
    def pointer(tensor: str) -> str:
        return f"arena + {plan.offsets[tensor]}"

    return CNodeContext(
        inputs=[pointer(name) for name in node.inputs],
        output=pointer(node.name),
        constants={key: constant_name(index, node, key) for key in node.arrays},
        scalars=node.scalars,
        input_shapes=[shapes[name] for name in node.inputs],
        output_shape=shapes[node.name],
        workspace=pointer(working) if (working := workspace(node.name)) in plan.offsets else "",
    )


def _describe(node: Node, shapes: Mapping[str, Shape]) -> str:
    """Write a comment with the shapes and attributes of a node."""

    def tensor(name: str) -> str:
        return f"{comment_text(name)} ({' x '.join(map(str, shapes[name]))})"

    values = [f"{key}={value}" for key, value in vars(node.op).items()]
    reads = ", ".join(map(tensor, node.inputs))
    text = f"{node.op.kind}: {reads} -> {tensor(node.name)}"
    lines = [
        *comment_lines(text),
        *(line for v in values for line in comment_lines(comment_text(v))),
    ]
    return "\n".join(["/*", *lines, " */"])


def _statement(text: str) -> str:
    return "\n".join(
        wrap(
            text,
            WIDTH - 4,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _array(name: str, array: NDArray[Any]) -> str:
    numbers = wrapped_integers(array.ravel().tolist())
    return f"static const {C_TYPES[array.dtype]} {name}[{array.size}] = {{\n{numbers}\n}};"


def _private_header(guard: str, blocks: list[str]) -> str:
    text = "\n\n".join(blocks)
    return f"#ifndef {guard}\n#define {guard}\n\n{text}\n\n#endif\n"
