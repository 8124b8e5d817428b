/// Mean over all pixels: a view of one row that is the whole image. `offset` is -pixels times the
/// input's zero point; the division by `pixels` is part of the multiplier.

#include "common.h"

static void tp_global_average_pool(const int8_t *input, int8_t *output, int32_t pixels,
                                   int32_t channels, int32_t offset, int32_t multiplier,
                                   int32_t shift, int32_t zero_point)
{
    const tp_view view = {input, 1, pixels, 0, channels};
    tp_mean(&view, output, channels, offset, multiplier, shift, zero_point);
}
