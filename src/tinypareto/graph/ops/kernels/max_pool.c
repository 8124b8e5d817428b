/// Maximum over a sliding window. The padding never counts: the view leaves it out, and every
/// maximum starts at -128.

#include "common.h"

/// values[i] = max(values[i], others[i])
static void tp_larger(int8_t *values, const int8_t *others, int32_t count)
{
#if TP_DSP
    for (; count >= 4; count -= 4) {
        uint32_t word, other, most;
        __builtin_memcpy(&word, values, 4);
        __builtin_memcpy(&other, others, 4);
        __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2"
                /// Where the difference of two bytes is not negative, SEL takes the first of them.
                : "=&r"(most)
                : "r"(word), "r"(other)
                : "cc");
        __builtin_memcpy(values, &most, 4);
        values += 4;
        others += 4;
    }
#endif
    for (int32_t i = 0; i < count; i++) {
        values[i] = (int8_t)tp_max(values[i], others[i]);
    }
}

static void tp_max_pool(const int8_t *input, int8_t *output, const tp_window *window,
                        int32_t channels)
{
    for (int32_t row = 0; row < window->output_height; row++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const tp_view view = tp_look(input, window, row, column, channels);
            tp_fill(output, -128, channels);
            for (int32_t i = 0; i < view.rows; i++) {
                for (int32_t j = 0; j < view.columns; j++) {
                    tp_larger(output, view.first + i * view.down + j * view.right, channels);
                }
            }
            output += channels;
        }
    }
}
