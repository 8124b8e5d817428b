/// Zeros around the pixels, or pixels cut off where `top` or `left` are negative.

#include "common.h"

// clang-format off
static void tp_pad(const int8_t *input, int8_t *output, int32_t input_height,
                   int32_t input_width, int32_t output_height, int32_t output_width,
                   int32_t channels, int32_t top, int32_t left, int8_t zero_point)
// clang-format on
{
    for (int32_t row = -top; row < output_height - top; row++) {
        for (int32_t column = -left; column < output_width - left; column++) {
            const int32_t inside =
                /// (row, column) is a place in the input; outside of it lies the padding.
                row >= 0 && row < input_height && column >= 0 && column < input_width;
            for (int32_t channel = 0; channel < channels; channel++) {
                *output++ = inside ? input[(row * input_width + column) * channels + channel]
                                   : zero_point;
            }
        }
    }
}
