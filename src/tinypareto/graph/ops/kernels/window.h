/// Sliding windows, of convolutions and poolings.
///
/// Images are (height, width, channels) with the channels last: the value of a channel at (row,
/// column) is image[(row * width + column) * channels + channel]. A series is an image of one row.

#pragma once

#include "core.h"

/* Positions that a sliding window visits; sizes in pixels. */
typedef struct {
    int32_t input_height, input_width, output_height, output_width;
    int32_t kernel_height, kernel_width, stride_height, stride_width;
    int32_t pad_top, pad_left, dilation_height, dilation_width;
} tp_window;

/* What a window sees of the image at one position: the first value of a channel, how many rows and
   columns lie inside, how far apart they are. */
typedef struct {
    const int8_t *first;
    int32_t rows, columns, down, right;
} tp_view;

static inline tp_view tp_look(const int8_t *input, const tp_window *window, int32_t row,
                              int32_t column, int32_t channels)
{
    /// Coordinates of the first tap; those in the padding are negative or beyond the image. Taps
    /// that lie outside are left out at each of the four edges, so that loops over a view need no
    /// checks.
    int32_t top = row * window->stride_height - window->pad_top, rows = window->kernel_height;
    int32_t left = column * window->stride_width - window->pad_left, columns = window->kernel_width;
    for (; top < 0 && rows > 0; top += window->dilation_height) {
        rows--;
    }
    for (; left < 0 && columns > 0; left += window->dilation_width) {
        columns--;
    }
    while (rows > 0 && top + (rows - 1) * window->dilation_height >= window->input_height) {
        rows--;
    }
    while (columns > 0 && left + (columns - 1) * window->dilation_width >= window->input_width) {
        columns--;
    }
    const int32_t across = window->input_width * channels;
    const tp_view view = {input + top * across + left * channels, rows, columns,
                          window->dilation_height * across, window->dilation_width * channels};
    return view;
}
