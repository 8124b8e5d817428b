"""The text of model.h: everything that a user of the generated network has to know."""

from importlib.metadata import version
from math import prod

from tinypareto.codegen.header_text import LEGEND, USAGE, USAGE_OF_QUANTITIES, quantity_lines
from tinypareto.codegen.model_info import ModelInfo
from tinypareto.codegen.text import (
    comment_lines,
    comment_text,
    list_macro,
    number,
    string_literal,
)
from tinypareto.graph.cost import resources, scratch_bytes
from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.plan import Plan


def header(graph: Graph, plan: Plan, info: ModelInfo) -> str:
    """Write model.h.

    Args:
        graph: A quantized graph.
        plan: Its memory plan.
        info: Names, gains and biases.
    """
    shapes = graph.shapes()
    ends = (("INPUT", graph.input), ("OUTPUT", graph.output))
    macros = [_macro("MODEL_ARENA_BYTES", plan.arena_bytes)]
    macros += [_macro("MODEL_SCRATCH_BYTES", scratch_bytes(graph))]
    for end, tensor in ends:
        quant = graph.quants[tensor]
        height, width, channels = shapes[tensor]
        numbers = {
            "OFFSET": plan.offsets[tensor],
            "BYTES": prod(shapes[tensor]),
            "HEIGHT": height,
            "WIDTH": width,
            "CHANNELS": channels,
            "SCALE": quant.scale,
            "ZERO_POINT": quant.zero_point,
        }
        macros += ["", *(_macro(f"MODEL_{end}_{key}", n) for key, n in numbers.items())]
        macros += [f"#define MODEL_{end}(arena) ((arena) + MODEL_{end}_OFFSET)"]
    macros += ["", list_macro("MODEL_INPUT_GAINS", map(float, info.gains))]
    macros += [list_macro("MODEL_INPUT_BIASES", map(float, info.biases))]
    if info.class_names:
        names = map(string_literal, info.class_names)
        macros += ["", list_macro("MODEL_CLASS_NAMES", names)]
    if info.quantities:
        macros += ["", list_macro("MODEL_OUTPUT_GAINS", (q.gain for q in info.quantities))]
        macros += [list_macro("MODEL_OUTPUT_BIASES", (q.bias for q in info.quantities))]
        names = map(string_literal, (quantity.name for quantity in info.quantities))
        macros += [list_macro("MODEL_OUTPUT_NAMES", names)]
    return "\n".join([*_comment(graph, info), *_guarded(macros)])


def _macro(name: str, value: float) -> str:
    return f"#define {name} {number(value)}"


def _comment(graph: Graph, info: ModelInfo) -> list[str]:
    needs, shapes = resources(graph), graph.shapes()
    texts = [
        f"{comment_text(info.name)}: an int8 network in C99, made by tinypareto "
        f"{version('tinypareto')}.",
        *map(comment_text, info.notes),
        "",
        f"Input {_times(shapes[graph.input])}, output {_times(shapes[graph.output])}.",
        f"ROM {needs.rom_bytes} bytes of constants, besides the code.",
        f"RAM {needs.ram_bytes} bytes of arena, besides the stack.",
        f"{needs.flops} FLOPs ({needs.flops // 2} multiply-accumulates) per run.",
    ]
    for text in LEGEND:
        texts += ["", text]
    if info.class_names:
        texts += ["", "Classes, in the order of the output:"]
        texts += [f"{index}: {comment_text(name)}" for index, name in enumerate(info.class_names)]
    texts += quantity_lines(info)
    lines = [line for text in texts for line in comment_lines(text)]
    example = USAGE_OF_QUANTITIES if info.quantities else USAGE
    usage = [f" *     {line}".rstrip() for line in example.splitlines()]
    return ["/*", *lines, " *", " * Usage:", " *", *usage, " */", ""]


def _guarded(macros: list[str]) -> list[str]:
    return [
        "#ifndef MODEL_H",
        "#define MODEL_H",
        "",
        "#include <stdint.h>",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        *macros,
        "",
        "/* Compute the output from the input; both lie in the arena, of MODEL_ARENA_BYTES. */",
        "void model_run(int8_t *arena);",
        "",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "",
        "#endif",
        "",
    ]


def _times(shape: tuple[int, int, int]) -> str:
    return " x ".join(map(str, shape))
