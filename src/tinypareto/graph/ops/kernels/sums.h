/// Sums of values, and of products.

#pragma once

#include "requantize.h"
#include "window.h"

/* Of each channel that a view sees: its sum, from `offset` on, rescaled. */
static inline void tp_mean(const tp_view *view, int8_t *output, int32_t channels, int32_t offset,
                           int32_t multiplier, int32_t shift, int32_t zero_point)
{
    int32_t channel = 0;
#if TP_DSP
    /* Sums of 16 bits hold 256 values. */
    /// 256 * -128 = -2^15 is the least int16_t. Four channels at a time: SXTAB16 widens bytes 0 and
    /// 2 of a word (with ROR #8 bytes 1 and 3) and adds them to two sums in the halves of a
    /// register, so pairs[0] holds the sums of channels 0 and 2, and pairs[1] those of channels 1
    /// and 3.
    for (; view->rows * view->columns <= 256 && channel + 4 <= channels; channel += 4) {
        uint32_t pairs[2] = {0, 0};
        for (int32_t i = 0; i < view->rows; i++) {
            const int8_t *value = view->first + i * view->down + channel;
            for (int32_t j = view->columns; j > 0; j--) {
                uint32_t word;
                __builtin_memcpy(&word, value, 4);
                __asm__("sxtab16 %0, %0, %2\n\tsxtab16 %1, %1, %2, ror #8"
                        : "+r"(pairs[0]), "+r"(pairs[1])
                        : "r"(word));
                value += view->right;
            }
        }
        for (int32_t i = 0; i < 4; i++) {
            /// i & 1 is the register, (i & 2) * 8 the shift to its half.
            const int32_t sum = (int16_t)(pairs[i & 1] >> (i & 2) * 8);
            output[channel + i] = tp_requantize(sum + offset, multiplier, shift, zero_point, -128,
                                                127);
        }
    }
#endif
    for (; channel < channels; channel++) {
        int32_t sum = offset;
        for (int32_t i = 0; i < view->rows; i++) {
            const int8_t *value = view->first + i * view->down + channel;
            for (int32_t j = view->columns; j > 0; j--) {
                sum += *value;
                value += view->right;
            }
        }
        output[channel] = tp_requantize(sum, multiplier, shift, zero_point, -128, 127);
    }
}

static inline int32_t tp_dot(const int8_t *a, const int8_t *b, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += (int32_t)a[i] * b[i];
    }
    return sum;
}
