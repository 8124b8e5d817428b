/// The depthwise convolution: one channel at a time.
///
/// Each filter has only a few weights (nine, mostly) and sees one channel only, whose values are
/// `channels` bytes apart. A band of rows of that channel is copied to consecutive 16-bit samples,
/// with the padding around it, and the filter runs over the samples: its weights stay in registers,
/// neighbouring samples can be loaded as pairs, and no tap has to be checked against the borders.
///
/// A band has as many rows of outputs as keep the samples few (band_rows in channel_plane.py),
/// because they lie on the stack.

#pragma once

#include "common.h"
#include "region.h"

#if TP_DSP
#include "arm_dsp/plane.h"
#else
#include "portable/plane.h"
#endif

/* Any window on a band; `taps` has room for the weights. */
static void tp_plain(const int16_t *samples, int8_t *output, const tp_filters *filter,
                     const tp_window *window, int32_t channels, int32_t pitch, int32_t lines,
                     int16_t *taps)
{
    /// The weights of a channel lie `channels` apart, too.
    for (int32_t i = 0; i < filter->taps; i++) {
        taps[i] = filter->weight[i * channels];
    }
    for (int32_t line = 0; line < lines; line++) {
        for (int32_t column = 0; column < window->output_width; column++) {
            const int16_t *corner = samples + line * window->stride_height * pitch +
                                    column * window->stride_width;
            const int16_t *tap = taps;
            int32_t sum = *filter->bias;
            for (int32_t i = 0; i < window->kernel_height; i++) {
                const int16_t *row = corner + i * window->dilation_height * pitch;
                for (int32_t j = 0; j < window->kernel_width; j++) {
                    sum += row[j * window->dilation_width] * *tap++;
                }
            }
            *output = tp_requantize(sum, *filter->multiplier, *filter->shift, filter->zero_point,
                                    -128, 127);
            output += channels;
        }
    }
}

/* `lines` rows of outputs of all channels, from the row of the input at `top` on. */
static void tp_band(const int8_t *input, int8_t *output, const tp_filters *filters,
                    const tp_window *window, int32_t input_zero_point, int32_t top, int32_t lines,
                    int16_t *scratch)
{
    /// The band starts at the row `top` and the column `left` of the image, which may lie in the
    /// padding, and is `depth` rows of `pitch` samples. (y, x) to (bottom, right) is the part of it
    /// that the image covers.
    const int32_t channels = filters->count, left = -window->pad_left;
    const int32_t pitch = (window->output_width - 1) * window->stride_width +
                          (window->kernel_width - 1) * window->dilation_width + 1;
    const int32_t depth = (lines - 1) * window->stride_height +
                          (window->kernel_height - 1) * window->dilation_height + 1;
    const int32_t y = top > 0 ? top : 0, x = left > 0 ? left : 0;
    const int32_t bottom = top + depth < window->input_height ? top + depth : window->input_height;
    const int32_t right = left + pitch < window->input_width ? left + pitch : window->input_width;
    const int32_t columns = right - x, rows = bottom - y;
    const tp_region region = {columns, channels, rows, (window->input_width - columns) * channels,
                              pitch - columns};
    int16_t *const samples = scratch + filters->taps;
    /// The padding is real 0, the input's zero point. It is the same for all channels, so it is
    /// written once; the channels then overwrite what the image covers, one after the other.
    for (int32_t i = 0; i < depth * pitch; i++) {
        samples[i] = (int16_t)input_zero_point;
    }
    for (int32_t c = 0; c < channels; c++) {
        // clang-format off
        const tp_filters filter = {filters->weight + c, filters->bias + c,
                                   filters->multiplier + c, filters->shift + c, filters->taps, 1,
                                   filters->zero_point};
        // clang-format on
        if (rows > 0 && columns > 0) {
            tp_wide(input + (y * window->input_width + x) * channels + c,
                    samples + (y - top) * pitch + x - left, &region);
        }
        if (!tp_fast(samples, output + c, &filter, window, channels, pitch, lines)) {
            tp_plain(samples, output + c, &filter, window, channels, pitch, lines, scratch);
        }
    }
}
