/// One channel of a depthwise convolution on cores with the DSP extension; plane.S has its loops.
///
/// They take the usual windows, 3 x 3 with a stride of 1 or 2 to the right. tp_fast says whether it
/// computed the channel; tp_plain does where it did not.

#pragma once

#include "../common.h"
#include "../region.h"

/// Copies a region of int8 values of one channel to int16 samples.
void tp_wide(const int8_t *from, int16_t *to, const tp_region *region);

/* A 3 x 3 window on a band: where its rows start, its weights as pairs (0, 1) of each row, (2) of
   rows 0 and 1, (2) of row 2, the rescaling as in tp_requantize; `skip` bytes lie between rows. */
typedef struct {
    const int16_t *rows[3];
    int8_t *output;
    int32_t step, columns;
    uint32_t pairs[5];
    int32_t bias, multiplier, offset, shift, columns_again, skip, lines;
} tp_plane;

/// All outputs of a band of one channel, with a stride of 1 or 2 to the right.
void tp_plane_1(const tp_plane *plane);

void tp_plane_2(const tp_plane *plane);

/// Two int16 numbers in one word, as SMLAD takes them.
static inline uint32_t tp_pair(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

static int32_t tp_fast(const int16_t *samples, int8_t *output, const tp_filters *filter,
                       const tp_window *window, int32_t channels, int32_t pitch, int32_t lines)
{
    const int32_t step = window->stride_width, shift = *filter->shift;
    const int32_t columns = window->output_width, down = window->dilation_height * pitch;
    const int8_t *w = filter->weight;
    if (window->kernel_height != 3 || window->kernel_width != 3 || window->dilation_width != 1 ||
        step > 2 || shift < 33) {
        return 0;
    }
    /// plane.S loads these fields by their order. Shifts below 33 are left to tp_plain, so the
    /// offset of the rescaling is known here; see tp_requantize.
    const tp_plane plane = {
        {samples, samples + down, samples + 2 * down},
        output,
        channels,
        columns,
        {tp_pair(w[0], w[channels]), tp_pair(w[3 * channels], w[4 * channels]),
         tp_pair(w[6 * channels], w[7 * channels]), tp_pair(w[2 * channels], w[5 * channels]),
         tp_pair(w[8 * channels], 0)},
        *filter->bias,
        *filter->multiplier,
        (2 * filter->zero_point + 1) * ((int32_t)1 << (shift - 33)),
        shift - 32,
        columns,
        /// Bytes from the end of a line to the start of the next one, in samples of two bytes.
        2 * (window->stride_height * pitch - columns * step),
        lines,
    };
    if (step == 1) {
        tp_plane_1(&plane);
    } else {
        tp_plane_2(&plane);
    }
    return 1;
}
