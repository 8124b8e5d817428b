/* Raw values to the network's input, and its output to a class. */
#ifndef MODEL_IO_H
#define MODEL_IO_H

#include <math.h>

#include "model.h"

#ifdef __GNUC__
#define MODEL_ALIGNED __attribute__((aligned(4)))
#else
#define MODEL_ALIGNED
#endif

/* The int8 input that stands for a raw value of a channel. */
static inline int8_t model_quantize(float raw, int channel)
{
    static const float gains[] = MODEL_INPUT_GAINS, biases[] = MODEL_INPUT_BIASES;
    const float steps = rintf(raw * gains[channel] + biases[channel]);
    /* What is no number becomes -128. */
    return (int8_t)(steps > 127 ? 127 : steps >= -128 ? steps : -128);
}

/* Number of the likeliest class; the first one on ties. */
static inline int model_class(const int8_t *output)
{
    int best = 0;
    for (int i = 1; i < MODEL_OUTPUT_BYTES; i++) {
        if (output[i] > output[best]) {
            best = i;
        }
    }
    return best;
}

static inline const char *model_class_name(int number)
{
    static const char *const names[] = MODEL_CLASS_NAMES;
    return names[number];
}

#endif
