/// The convolution over all channels, as products of rows (im2col).
///
/// What a window sees at one pixel is laid out as one row of `taps` bytes (height, width and
/// channels of the kernel, in the order of the weights) with the padding filled in. The row then
/// meets every filter in a plain product, so borders, strides and dilations cost once a pixel
/// instead of once a filter. Two pixels are computed at a time: each weight that is loaded serves
/// both.

#pragma once

#include "common.h"

/// With the DSP extension a chunk of four taps is two pixels of four int16 each, 4 words (see
/// tp_widen), and the bytes of one pixel, which are gathered before they are widened, 1 word.
/// Otherwise the bytes of both pixels. An array must not be empty: it is 1 where nothing is stored.
/* Words for the taps of two pixels; where `gathered`, they do not lie in the input as they are. */
#if TP_DSP
#define TP_SCRATCH(taps, gathered) ((4 + (gathered)) * (((taps) + 3) / 4))
#else
#define TP_SCRATCH(taps, gathered) ((gathered) ? 2 * (((taps) + 3) / 4) : 1)
#endif

#if TP_DSP
#include "arm_dsp/block.h"
#else
#include "portable/block.h"
#endif

/// Copies what the window sees, whose first tap is at (top, left), to one row of taps. A row of the
/// window that lies inside of the image, without dilation, is one piece of memory; elsewhere each
/// pixel is copied by itself, or is padding, which is the input's zero point: real 0.
static void tp_gather(const int8_t *input, const tp_window *window, int32_t channels,
                      int32_t zero_point, int32_t top, int32_t left, int8_t *to)
{
    const int32_t height = window->input_height, width = window->input_width;
    const int32_t inside = window->dilation_width == 1 && left >= 0 &&
                           left + window->kernel_width <= width;
    const int32_t pieces = inside ? 1 : window->kernel_width;
    const int32_t bytes = inside ? window->kernel_width * channels : channels;
    for (int32_t i = 0; i < window->kernel_height; i++) {
        const int32_t y = top + i * window->dilation_height;
        for (int32_t j = 0; j < pieces; j++) {
            const int32_t x = left + j * window->dilation_width;
            if (y >= 0 && y < height && x >= 0 && x < width) {
                tp_copy(to, input + (y * width + x) * channels, bytes);
            } else {
                tp_fill(to, zero_point, bytes);
            }
            to += bytes;
        }
    }
}

/* Two pixels at a time, the last of an odd count twice. */
static void tp_convolve(const int8_t *input, int8_t *output, const tp_filters *filters,
                        const tp_window *window, int32_t channels, int32_t input_zero_point,
                        int32_t gathered, int32_t *scratch)
{
    /// `seen` are the taps of two pixels, `made` their outputs. Where a row of taps already lies in
    /// the input as one piece (pointwise convolutions, and windows of one row without padding; see
    /// Window.contiguous), `gathered` is 0 and nothing is copied.
    const int32_t taps = filters->taps, words = (taps + 3) / 4;
    const int32_t pixels = window->output_height * window->output_width;
    const int32_t fast = TP_DSP && taps >= 4 && filters->count >= 2;
    int32_t top = -window->pad_top, left = -window->pad_left, column = 0;
    const int8_t *seen[2] = {input, input};
    int8_t *made[2] = {output, output};
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        const int32_t i = pixel & 1;
        if (gathered) {
            /// The bytes that tp_widen reads lie behind the widened ones. Without it, both pixels
            /// keep their bytes.
            int8_t *to = (int8_t *)(scratch + (fast ? 4 * words : i * words));
            tp_gather(input, window, channels, input_zero_point, top, left, to);
            seen[i] = to;
        } else {
            seen[i] = input + (top * window->input_width + left) * channels;
        }
        made[i] = output + pixel * filters->count;
        column++;
        left += window->stride_width;
        if (column == window->output_width) {
            column = 0;
            left = -window->pad_left;
            top += window->stride_height;
        }
        /// The last pixel of an odd count is its own neighbour: it is computed twice, to the same
        /// place.
        const int32_t last = pixel == pixels - 1 && !i;
        if (last) {
            made[1] = made[0];
            seen[1] = seen[0];
        }
#if TP_DSP
        if (fast) {
            /// Widened here, once for all filters. The pixels alternate every two words.
            tp_widen(seen[i], scratch + 2 * i, taps);
            if (last) {
                tp_widen(seen[1], scratch + 2, taps);
            }
            if (i || last) {
                tp_block(filters, scratch, made[0], made[1]);
            }
            continue;
        }
#endif
        if (i || last) {
            tp_pixels(filters, seen[0], seen[1], made[0], made[1]);
        }
    }
}
