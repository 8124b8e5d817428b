/// Convolution over all input channels: `count` filters on an image of `channels`.

#include "im2col.h"

static void tp_conv2d(const int8_t *input, int8_t *output, const int8_t *weight,
                      const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                      const tp_window *window, int32_t channels, int32_t count,
                      int32_t input_zero_point, int32_t zero_point, int32_t low, int32_t high,
                      int32_t gathered, int32_t *scratch)
{
    const int32_t taps = window->kernel_height * window->kernel_width * channels;
    const tp_filters filters = {weight, bias, multiplier, shift, taps, count, zero_point};
    tp_convolve(input, output, &filters, window, channels, input_zero_point, gathered, scratch);
    tp_bound(output, window->output_height * window->output_width * count, low, high);
}
