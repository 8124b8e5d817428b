@CLASSES@
/* Raw values to the network's input, and its output to a class. */
@QUANTITIES@
/* Raw values to the network's input, and its output to values. */
@END@
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

@CLASSES@
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
@QUANTITIES@
/* The value of an output, in the unit of the training data. */
static inline float model_value(const int8_t *output, int number)
{
    static const float gains[] = MODEL_OUTPUT_GAINS, biases[] = MODEL_OUTPUT_BIASES;
    return output[number] * gains[number] + biases[number];
}

static inline const char *model_value_name(int number)
{
    static const char *const names[] = MODEL_OUTPUT_NAMES;
    return names[number];
}
@END@

#endif
