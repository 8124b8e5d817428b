/// Product of two tensors, or of a tensor and one gate per channel, which is `repeats` times the
/// same.

#include "common.h"

static void tp_mul(const int8_t *first, const int8_t *second, int8_t *output, int32_t repeats,
                   int32_t count, int32_t first_zero_point, int32_t second_zero_point,
                   int32_t multiplier, int32_t shift, int32_t zero_point)
{
    for (int32_t repeat = 0; repeat < repeats; repeat++) {
        for (int32_t i = 0; i < count; i++) {
            const int32_t product =
                /// Differences of int8 numbers have 9 bits, their product at most 17.
                (*first++ - first_zero_point) * (second[i] - second_zero_point);
            *output++ = tp_requantize(product, multiplier, shift, zero_point, -128, 127);
        }
    }
}
