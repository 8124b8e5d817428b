/// Convolution of each channel with a filter of its own, `band` rows of outputs at a time.

#include "channel_plane.h"

// clang-format off
static void tp_depthwise_conv2d(const int8_t *input, int8_t *output, const int8_t *weight,
                                const int32_t *bias, const int32_t *multiplier,
                                const int8_t *shift, const tp_window *window, int32_t channels,
                                int32_t input_zero_point, int32_t zero_point, int32_t low,
                                int32_t high, int32_t band, int16_t *scratch)
// clang-format on
{
    const int32_t taps = window->kernel_height * window->kernel_width;
    const int32_t height = window->output_height, width = window->output_width;
    const tp_filters filters = {weight, bias, multiplier, shift, taps, channels, zero_point};
    for (int32_t row = 0; row < height; row += band) {
        const int32_t lines = height - row < band ? height - row : band;
        tp_band(input, output + row * width * channels, &filters, window, input_zero_point,
                row * window->stride_height - window->pad_top, lines, scratch);
    }
    tp_bound(output, height * width * channels, low, high);
}
