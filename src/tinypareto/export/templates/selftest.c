/* Compares the network with recorded inputs and outputs; exit code 0 if every byte is equal. */
#include <stdio.h>
#include <string.h>

#include "model_io.h"
#include "vectors.h"

static MODEL_ALIGNED int8_t arena[MODEL_ARENA_BYTES];

int main(void)
{
    int wrong = 0;
    for (int i = 0; i < VECTORS; i++) {
        memcpy(MODEL_INPUT(arena), vector_inputs[i], MODEL_INPUT_BYTES);
        model_run(arena);
        if (memcmp(MODEL_OUTPUT(arena), vector_outputs[i], MODEL_OUTPUT_BYTES) != 0) {
            printf("recorded input %d: another output\n", i);
            wrong++;
        }
    }
    for (int channel = 0; channel < MODEL_INPUT_CHANNELS; channel++) {
        if (model_quantize(raw_values[channel], channel) != quantized_values[channel]) {
            printf("channel %d: another scaling\n", channel);
            wrong++;
        }
    }
    printf("%d of %d checks passed\n", VECTORS + MODEL_INPUT_CHANNELS - wrong,
           VECTORS + MODEL_INPUT_CHANNELS);
    return wrong != 0;
}
