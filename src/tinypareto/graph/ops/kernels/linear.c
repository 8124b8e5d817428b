/// Fully connected layer: each filter has a weight for every value of the input.

#include "common.h"

#if TP_DSP
#include "arm_dsp/row.h"
#endif

static void tp_linear(const int8_t *input, int8_t *output, const int8_t *weight,
                      const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                      int32_t features, int32_t count, int32_t zero_point, int32_t low,
                      int32_t high)
{
#if TP_DSP
    if (count >= 2) {
        const tp_filters filters = {weight, bias, multiplier, shift, features, count, zero_point};
        tp_row(&filters, input, output);
        tp_bound(output, count, low, high);
        return;
    }
#endif
    /// Without the DSP extension, or with a single filter.
    for (int32_t filter = 0; filter < count; filter++) {
        const int32_t sum = bias[filter] + tp_dot(input, weight + filter * features, features);
        output[filter] = tp_requantize(sum, multiplier[filter], shift[filter], zero_point, low,
                                       high);
    }
}
