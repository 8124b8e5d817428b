"""The text of model.h: everything that a user of the generated network has to know."""

from importlib.metadata import version
from math import prod

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
from tinypareto.graph.memory.liveness import ALIGNMENT
from tinypareto.graph.memory.plan import Plan

USAGE = """\
#include <math.h>
#include "model.h"

static int8_t arena[MODEL_ARENA_BYTES];

// Raw values, channels last, to the number of the likeliest class.
int classify(const float raw[MODEL_INPUT_BYTES])
{
    static const float gains[] = MODEL_INPUT_GAINS, biases[] = MODEL_INPUT_BIASES;
    int8_t *input = MODEL_INPUT(arena);
    const int8_t *output = MODEL_OUTPUT(arena);
    int best = 0;
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
        const int channel = i % MODEL_INPUT_CHANNELS;
        const float steps = rintf(raw[i] * gains[channel] + biases[channel]);
        input[i] = (int8_t)(steps < -128 ? -128 : steps > 127 ? 127 : steps);
    }
    model_run(arena);
    for (int i = 1; i < MODEL_OUTPUT_BYTES; i++) {
        if (output[i] > output[best]) {
            best = i;
        }
    }
    return best;
}
"""

USAGE_OF_QUANTITIES = """\
#include <math.h>
#include "model.h"

static int8_t arena[MODEL_ARENA_BYTES];

// Raw values, channels last, to the values of the outputs.
void estimate(const float raw[MODEL_INPUT_BYTES], float values[MODEL_OUTPUT_BYTES])
{
    static const float gains[] = MODEL_INPUT_GAINS, biases[] = MODEL_INPUT_BIASES;
    static const float units[] = MODEL_OUTPUT_GAINS, zeros[] = MODEL_OUTPUT_BIASES;
    int8_t *input = MODEL_INPUT(arena);
    const int8_t *output = MODEL_OUTPUT(arena);
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
        const int channel = i % MODEL_INPUT_CHANNELS;
        const float steps = rintf(raw[i] * gains[channel] + biases[channel]);
        input[i] = (int8_t)(steps < -128 ? -128 : steps > 127 ? 127 : steps);
    }
    model_run(arena);
    for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) {
        values[i] = output[i] * units[i] + zeros[i];
    }
}
"""

LEGEND = (
    "Input and output are int8 in (height, width, channels) layout, channels last; "
    "real = MODEL_*_SCALE * (q - MODEL_*_ZERO_POINT).",
    "From raw values, by channel c: q = clamp(rint(raw * MODEL_INPUT_GAINS[c] + "
    "MODEL_INPUT_BIASES[c]), -128, 127); the normalisation of the data is in these numbers.",
    "The caller owns the arena, the only memory beside the stack. A run overwrites the input; "
    "read the output before the next input is written, for they may overlap. Tensors lie at "
    f"multiples of {ALIGNMENT} bytes in it; align it alike, for unaligned words load slower.",
    "MODEL_SCRATCH_BYTES is the most that one layer keeps in buffers on the stack; the frames of "
    "functions take a few hundred bytes more.",
    "Scales, gains and biases are decimal literals for the caller; model_run uses integers only.",
)


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
    texts += _quantities(info)
    lines = [line for text in texts for line in comment_lines(text)]
    example = USAGE_OF_QUANTITIES if info.quantities else USAGE
    usage = [f" *     {line}".rstrip() for line in example.splitlines()]
    return ["/*", *lines, " *", " * Usage:", " *", *usage, " */", ""]


def _quantities(info: ModelInfo) -> list[str]:
    """Lines about the quantities that the outputs stand for, with a worked example."""
    if not info.quantities:
        return []
    texts = ["", "Values, in the order of the output:"]
    for index, one in enumerate(info.quantities):
        texts.append(f"{index}: {comment_text(one.name)}, from {one.value(-128):.6g} to ")
        texts[-1] += f"{one.value(127):.6g} in steps of {one.gain:.6g}"
    first, step = info.quantities[0], 50
    return [
        *texts,
        "",
        "value = q * MODEL_OUTPUT_GAINS[i] + MODEL_OUTPUT_BIASES[i]; these numbers hold the "
        "output's scale and zero point, and the mean and spread of the training data. For example, "
        f"an output 0 of {step} means {step} * {first.gain:.6g} + {first.bias:.6g} = "
        f"{first.value(step):.6g}.",
    ]


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
