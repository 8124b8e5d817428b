/// Softmax over the channels of each pixel, in place if wanted.
///
/// exp(x_i) / sum_j exp(x_j) does not change if the largest x is subtracted everywhere. With int8
/// inputs of scale s the difference is one of 0 .. 255 steps, so `exponentials` holds
/// 2^20 exp(-s d) for each. At most 1024 channels add up to 2^30, and twice that is an int32_t.

#include "common.h"

static void tp_softmax(const int8_t *input, int8_t *output, const int32_t *exponentials,
                       int32_t pixels, int32_t channels, int32_t parts)
{
    for (; pixels > 0; pixels--) {
        int32_t most = -128, sum = 0;
        for (int32_t i = 0; i < channels; i++) {
            most = tp_max(most, input[i]);
        }
        for (int32_t i = 0; i < channels; i++) {
            sum += exponentials[most - input[i]];
        }
        for (int32_t i = 0; i < channels; i++) {
            /* Twice the share in `parts` of 1, by long division, because a Cortex-M0 has no
               instruction for it and some toolchains no library. Each round doubles the rest and
               subtracts the sum; if that was too much, `borrow` is -1 and gives it back. Without
               a branch the time does not depend on the data. */
            int32_t rest = (exponentials[most - input[i]] * parts) >> 8, share = 0;
            for (int32_t bit = 0; bit < 9; bit++) {
                rest += rest - sum;
                const int32_t borrow = rest >> 31;
                rest += sum & borrow;
                share += share + 1 + borrow;
            }
            /* Rounded half up; a whole share of 256 parts saturates. */
            output[i] = tp_clamp(((share + 1) >> 1) - 128, -128, 127);
        }
        input += channels;
        output += channels;
    }
}
