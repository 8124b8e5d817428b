/// Sum of two tensors, or of a tensor and one value per channel, which is `repeats` times the same.
///
/// Both inputs are brought to the scale of the output by multipliers with one common shift:
///
///     ((a - z_a) m_a + (b - z_b) m_b + 2^(s-1)) >> s
///
/// s is the largest shift with which no sum leaves int32 (Add.quantize), so no upper word is
/// needed.

#include "common.h"

static void tp_add(const int8_t *first, const int8_t *second, int8_t *output, int32_t repeats,
                   int32_t count, int32_t first_zero_point, int32_t second_zero_point,
                   int32_t first_multiplier, int32_t second_multiplier, int32_t shift,
                   int32_t zero_point, int32_t low, int32_t high)
{
    const int32_t half = (int32_t)1 << (shift - 1);
    for (int32_t repeat = 0; repeat < repeats; repeat++) {
        for (int32_t i = 0; i < count; i++) {
            const int32_t sum = (*first++ - first_zero_point) * first_multiplier +
                                (second[i] - second_zero_point) * second_multiplier;
            const int32_t value = ((sum + half) >> shift) + zero_point;
            *output++ = tp_clamp(value, low, high);
        }
    }
}
