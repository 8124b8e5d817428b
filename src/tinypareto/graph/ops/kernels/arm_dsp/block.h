/// Products of two pixels with all filters: assembly for cores with the DSP extension, in block.S.

#pragma once

#include "../common.h"

/* All filters on two pixels, widened by tp_widen; taps >= 4 and filters >= 2. */
void tp_block(const tp_filters *filters, const int32_t *columns, int8_t *first, int8_t *second);

/* Every other pair of words: int8 taps as int16; zeros fill up the first four. */
void tp_widen(const int8_t *from, int32_t *columns, int32_t taps);

/* For what tp_block does not take. */
static void tp_pixels(const tp_filters *filters, const int8_t *a, const int8_t *b, int8_t *first,
                      int8_t *second)
{
    const int32_t taps = filters->taps;
    for (int32_t i = 0; i < 2 * filters->count; i++) {
        const int32_t at = i >> 1;
        const int32_t sum = tp_dot(i & 1 ? b : a, filters->weight + at * taps, taps);
        (i & 1 ? second : first)[at] =
            /// Fewer than four taps, or one filter only: short enough for plain C.
            tp_requantize(filters->bias[at] + sum, filters->multiplier[at], filters->shift[at],
                          filters->zero_point, -128, 127);
    }
}
