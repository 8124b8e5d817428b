/// Mean over a sliding window. Padding counts as real 0, so it adds nothing to the sum of
/// (x - input_zero_point): only the pixels inside are summed, and as many zero points subtracted.
/// The division by the size of the whole window is part of the multiplier.

#include "common.h"

static void tp_average_pool(const int8_t *input, int8_t *output, const tp_window *window,
                            int32_t channels, int32_t input_zero_point, int32_t multiplier,
                            int32_t shift, int32_t zero_point)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            tp_mean(&view, output, channels, -view.rows * view.columns * input_zero_point,
                    multiplier, shift, zero_point);
            output += channels;
        }
    }
}
