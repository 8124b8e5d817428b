/// Products of two pixels with all filters: C for any core.
///
/// Two pixels times two filters are four sums, for which four values are loaded: one load for each
/// product, instead of the two that one pixel and one filter would take.

#pragma once

#include "../common.h"

static void tp_pixels(const tp_filters *filters, const int8_t *a, const int8_t *b, int8_t *first,
                      int8_t *second)
{
    const int32_t taps = filters->taps, zero_point = filters->zero_point;
    for (int32_t filter = 0; filter < filters->count; filter += 2) {
        /* The last of an odd count is its own neighbour. */
        const int32_t next = filter + 1 < filters->count ? filter + 1 : filter;
        const int8_t *u = filters->weight + filter * taps, *v = filters->weight + next * taps;
        int32_t sums[4] = {filters->bias[filter], filters->bias[filter], filters->bias[next],
                           filters->bias[next]};
        for (int32_t i = 0; i < taps; i++) {
            sums[0] += a[i] * u[i];
            sums[1] += b[i] * u[i];
            sums[2] += a[i] * v[i];
            sums[3] += b[i] * v[i];
        }
        for (int32_t i = 0; i < 2; i++) {
            const int32_t at = i ? next : filter;
            const int32_t multiplier = filters->multiplier[at], shift = filters->shift[at];
            first[at] = tp_requantize(sums[2 * i], multiplier, shift, zero_point, -128, 127);
            second[at] = tp_requantize(sums[2 * i + 1], multiplier, shift, zero_point, -128, 127);
        }
    }
}
