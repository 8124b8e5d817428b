"""Texts of the comment in model.h."""

from tinypareto.codegen.model_info import ModelInfo
from tinypareto.codegen.text import comment_text
from tinypareto.graph.memory.liveness import ALIGNMENT

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


def quantity_lines(info: ModelInfo) -> list[str]:
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
