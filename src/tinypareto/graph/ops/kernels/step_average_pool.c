/// Mean of the int8 values inside a sliding window, with halves away from 0.
///
/// For a sum S of n values the result is S / n rounded, or 2 S / (2 n). Rounding that half up is
/// wrong only for negative halves, which an even n can have: so 1 is added to 2 S where S is not
/// negative, and subtracted where it is. 2 S + n is odd then and 1 / (2 n) from the next multiple
/// of 2 n, so neither is an error of the multiplier ever seen. Odd n have no halves.

#include "common.h"

static void tp_step_average_pool(const int8_t *input, int8_t *output, const int32_t *multipliers,
                                 const int8_t *shifts, const tp_window *window, int32_t channels,
                                 int32_t fewest)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            const int32_t count = view.rows * view.columns, even = -(~count & 1);
            /// A window that lies in the padding altogether has the sum 0, whatever its multiplier.
            const int32_t index = count > fewest ? count - fewest : 0;
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                for (int32_t i = 0; i < view.rows; i++) {
                    const int8_t *value = view.first + i * view.down + channel;
                    for (int32_t j = view.columns; j > 0; j--) {
                        sum += *value;
                        value += view.right;
                    }
                }
                /* sum >> 31 is -1 where the sum is negative, so the last term is -1, 0 or 1. */
                sum += sum + (((sum >> 31) | 1) & even);
                *output++ = tp_requantize(sum, multipliers[index], shifts[index], 0, -128, 127);
            }
        }
    }
}
