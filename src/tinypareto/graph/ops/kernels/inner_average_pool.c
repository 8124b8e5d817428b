/// Mean of the pixels inside a sliding window, without the padding: the division by their number is
/// part of the multiplier, so there is one multiplier for each number of pixels.

#include "common.h"

static void tp_inner_average_pool(const int8_t *input, int8_t *output, const int32_t *multipliers,
                                  const int8_t *shifts, const tp_window *window, int32_t channels,
                                  int32_t input_zero_point, int32_t zero_point)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            const int32_t count = view.rows * view.columns;
            /// A window that lies in the padding altogether has the sum 0, whatever its multiplier.
            const int32_t index = count > 0 ? count - 1 : 0;
            tp_mean(&view, output, channels, -count * input_zero_point, multipliers[index],
                    shifts[index], zero_point);
            output += channels;
        }
    }
}
