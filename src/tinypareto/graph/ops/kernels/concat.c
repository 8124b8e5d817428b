/// One of the inputs of a concatenation, rescaled to its channels of the output, which has `stride`
/// channels in all.

#include "common.h"

/* One input to its place among the `stride` channels of each output pixel. */
// clang-format off
static void tp_concat(const int8_t *input, int8_t *output, int32_t pixels, int32_t channels,
                      int32_t stride, int32_t input_zero_point, int32_t multiplier,
                      int32_t shift, int32_t zero_point)
// clang-format on
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            output[channel] = tp_requantize(*input++ - input_zero_point, multiplier, shift,
                                            zero_point, -128, 127);
        }
        output += stride;
    }
}
