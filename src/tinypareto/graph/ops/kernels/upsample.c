/// Nearest neighbour: each pixel becomes a block of down * right equal ones.

#include "common.h"

static void tp_upsample(const int8_t *input, int8_t *output, int32_t height, int32_t width,
                        int32_t channels, int32_t down, int32_t right)
{
    int32_t repeats = 0;
    for (int32_t row = 0; row < height * down; row++) {
        const int8_t *pixel = input;
        for (int32_t column = 0; column < width; column++) {
            for (int32_t i = 0; i < right; i++) {
                tp_copy(output, pixel, channels);
                output += channels;
            }
            pixel += channels;
        }
        /// A row of the input is read `down` times before the next one; no division needed.
        if (++repeats == down) {
            repeats = 0;
            input = pixel;
        }
    }
}
