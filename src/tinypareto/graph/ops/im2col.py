"""C of the convolution over all channels: what a window sees as one row of taps, and its products.

The taps of two pixels are laid out once and then meet every filter, so borders, strides and
dilations cost little. `tp_pixels` runs anywhere; `tp_block` of `dsp` does the same.
"""

from tinypareto.graph.ops.dsp.block import BLOCK

COLUMNS = rf"""
/* Words for the taps of two pixels; where `gathered`, they do not lie in the input as they are. */
#if TP_DSP
#define TP_SCRATCH(taps, gathered) ((4 + (gathered)) * (((taps) + 3) / 4))
#else
#define TP_SCRATCH(taps, gathered) ((gathered) ? 2 * (((taps) + 3) / 4) : 1)
#endif

#if TP_DSP
{BLOCK}
/* For what tp_block does not take. */
static void tp_pixels(const tp_filters *filters, const int8_t *a, const int8_t *b, int8_t *first,
                      int8_t *second)
{{
    const int32_t taps = filters->taps;
    for (int32_t i = 0; i < 2 * filters->count; i++) {{
        const int32_t at = i >> 1;
        const int32_t sum = tp_dot(i & 1 ? b : a, filters->weight + at * taps, taps);
        (i & 1 ? second : first)[at] =
            tp_requantize(filters->bias[at] + sum, filters->multiplier[at], filters->shift[at],
                          filters->zero_point, -128, 127);
    }}
}}
#else
static void tp_pixels(const tp_filters *filters, const int8_t *a, const int8_t *b, int8_t *first,
                      int8_t *second)
{{
    const int32_t taps = filters->taps, zero_point = filters->zero_point;
    for (int32_t filter = 0; filter < filters->count; filter += 2) {{
        /* The last of an odd count is its own neighbour. */
        const int32_t next = filter + 1 < filters->count ? filter + 1 : filter;
        const int8_t *u = filters->weight + filter * taps, *v = filters->weight + next * taps;
        int32_t sums[4] = {{filters->bias[filter], filters->bias[filter], filters->bias[next],
                           filters->bias[next]}};
        for (int32_t i = 0; i < taps; i++) {{
            sums[0] += a[i] * u[i];
            sums[1] += b[i] * u[i];
            sums[2] += a[i] * v[i];
            sums[3] += b[i] * v[i];
        }}
        for (int32_t i = 0; i < 2; i++) {{
            const int32_t at = i ? next : filter;
            const int32_t multiplier = filters->multiplier[at], shift = filters->shift[at];
            first[at] = tp_requantize(sums[2 * i], multiplier, shift, zero_point, -128, 127);
            second[at] = tp_requantize(sums[2 * i + 1], multiplier, shift, zero_point, -128, 127);
        }}
    }}
}}
#endif

static void tp_gather(const int8_t *input, const tp_window *window, int32_t channels,
                      int32_t zero_point, int32_t top, int32_t left, int8_t *to)
{{
    const int32_t height = window->input_height, width = window->input_width;
    const int32_t inside = window->dilation_width == 1 && left >= 0 &&
                           left + window->kernel_width <= width;
    const int32_t pieces = inside ? 1 : window->kernel_width;
    const int32_t bytes = inside ? window->kernel_width * channels : channels;
    for (int32_t i = 0; i < window->kernel_height; i++) {{
        const int32_t y = top + i * window->dilation_height;
        for (int32_t j = 0; j < pieces; j++) {{
            const int32_t x = left + j * window->dilation_width;
            if (y >= 0 && y < height && x >= 0 && x < width) {{
                tp_copy(to, input + (y * width + x) * channels, bytes);
            }} else {{
                tp_fill(to, zero_point, bytes);
            }}
            to += bytes;
        }}
    }}
}}

/* Two pixels at a time, the last of an odd count twice. */
static void tp_convolve(const int8_t *input, int8_t *output, const tp_filters *filters,
                        const tp_window *window, int32_t channels, int32_t input_zero_point,
                        int32_t gathered, int32_t *scratch)
{{
    const int32_t taps = filters->taps, words = (taps + 3) / 4;
    const int32_t pixels = window->output_height * window->output_width;
    const int32_t fast = TP_DSP && taps >= 4 && filters->count >= 2;
    int32_t top = -window->pad_top, left = -window->pad_left, column = 0;
    const int8_t *seen[2] = {{input, input}};
    int8_t *made[2] = {{output, output}};
    for (int32_t pixel = 0; pixel < pixels; pixel++) {{
        const int32_t i = pixel & 1;
        if (gathered) {{
            int8_t *to = (int8_t *)(scratch + (fast ? 4 * words : i * words));
            tp_gather(input, window, channels, input_zero_point, top, left, to);
            seen[i] = to;
        }} else {{
            seen[i] = input + (top * window->input_width + left) * channels;
        }}
        made[i] = output + pixel * filters->count;
        column++;
        left += window->stride_width;
        if (column == window->output_width) {{
            column = 0;
            left = -window->pad_left;
            top += window->stride_height;
        }}
        const int32_t last = pixel == pixels - 1 && !i;
        if (last) {{
            made[1] = made[0];
            seen[1] = seen[0];
        }}
#if TP_DSP
        if (fast) {{
            tp_widen(seen[i], scratch + 2 * i, taps);
            if (last) {{
                tp_widen(seen[1], scratch + 2, taps);
            }}
            if (i || last) {{
                tp_block(filters, scratch, made[0], made[1]);
            }}
            continue;
        }}
#endif
        if (i || last) {{
            tp_pixels(filters, seen[0], seen[1], made[0], made[1]);
        }}
    }}
}}
"""
