/// A gain and an offset per channel, requantized: a depthwise convolution with windows of one
/// pixel. Each value is read before its place is written, so the output may overwrite the input.

#include "common.h"

static void tp_batch_norm(const int8_t *input, int8_t *output, const int8_t *weight,
                          const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                          int32_t pixels, int32_t channels, int32_t zero_point, int32_t low,
                          int32_t high)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t sum = bias[channel] + *input++ * weight[channel];
            *output++ = tp_requantize(sum, multiplier[channel], shift[channel], zero_point, low,
                                      high);
        }
    }
}
