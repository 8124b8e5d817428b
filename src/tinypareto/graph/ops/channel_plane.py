"""C of the depthwise convolution: one channel's plane at a time, its weights in registers.

A band of rows is copied to 16-bit samples with its padding, so that no tap is checked. The padding
is the same for all channels and written once.
"""

from tinypareto.graph.op import Shape
from tinypareto.graph.ops.dsp.plane import PLANE, WIDE
from tinypareto.graph.ops.window import Window

SAMPLES = 512
"""Samples of a band that should suffice; the rows that one row of outputs sees may be more."""

PLANES = rf"""
/* Part of an image: values of one channel, how far apart they are, and what lies between rows. */
typedef struct {{
    int32_t columns, step, rows, skip, wide_skip;
}} tp_region;

#if TP_DSP
{WIDE}
/* A 3 x 3 window on a band: where its rows start, its weights as pairs (0, 1) of each row, (2) of
   rows 0 and 1, (2) of row 2, the rescaling as in tp_requantize; `skip` bytes lie between rows. */
typedef struct {{
    const int16_t *rows[3];
    int8_t *output;
    int32_t step, columns;
    uint32_t pairs[5];
    int32_t bias, multiplier, offset, shift, columns_again, skip, lines;
}} tp_plane;

{PLANE}
static inline uint32_t tp_pair(int32_t low, int32_t high)
{{
    return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}}

static int32_t tp_fast(const int16_t *samples, int8_t *output, const tp_filters *filter,
                       const tp_window *window, int32_t channels, int32_t pitch, int32_t lines)
{{
    const int32_t step = window->stride_width, shift = *filter->shift;
    const int32_t columns = window->output_width, down = window->dilation_height * pitch;
    const int8_t *w = filter->weight;
    if (window->kernel_height != 3 || window->kernel_width != 3 || window->dilation_width != 1 ||
        step > 2 || shift < 33) {{
        return 0;
    }}
    const tp_plane plane = {{
        {{samples, samples + down, samples + 2 * down}},
        output,
        channels,
        columns,
        {{tp_pair(w[0], w[channels]), tp_pair(w[3 * channels], w[4 * channels]),
         tp_pair(w[6 * channels], w[7 * channels]), tp_pair(w[2 * channels], w[5 * channels]),
         tp_pair(w[8 * channels], 0)}},
        *filter->bias,
        *filter->multiplier,
        (2 * filter->zero_point + 1) * ((int32_t)1 << (shift - 33)),
        shift - 32,
        columns,
        2 * (window->stride_height * pitch - columns * step),
        lines,
    }};
    if (step == 1) {{
        tp_plane_1(&plane);
    }} else {{
        tp_plane_2(&plane);
    }}
    return 1;
}}
#else
static void tp_wide(const int8_t *from, int16_t *to, const tp_region *region)
{{
    const int32_t columns = region->columns, step = region->step;
    for (int32_t y = 0; y < region->rows; y++) {{
        const int8_t *row = from + y * (columns * step + region->skip);
        for (int32_t x = 0; x < columns; x++) {{
            to[y * (columns + region->wide_skip) + x] = row[x * step];
        }}
    }}
}}

static inline int32_t tp_fast(const int16_t *samples, int8_t *output, const tp_filters *filter,
                              const tp_window *window, int32_t channels, int32_t pitch,
                              int32_t lines)
{{
    (void)samples, (void)output, (void)filter, (void)window, (void)channels, (void)pitch;
    return (void)lines, 0;
}}
#endif

/* Any window on a band; `taps` has room for the weights. */
static void tp_plain(const int16_t *samples, int8_t *output, const tp_filters *filter,
                     const tp_window *window, int32_t channels, int32_t pitch, int32_t lines,
                     int16_t *taps)
{{
    for (int32_t i = 0; i < filter->taps; i++) {{
        taps[i] = filter->weight[i * channels];
    }}
    for (int32_t line = 0; line < lines; line++) {{
        for (int32_t column = 0; column < window->output_width; column++) {{
            const int16_t *corner = samples + line * window->stride_height * pitch +
                                    column * window->stride_width;
            const int16_t *tap = taps;
            int32_t sum = *filter->bias;
            for (int32_t i = 0; i < window->kernel_height; i++) {{
                const int16_t *row = corner + i * window->dilation_height * pitch;
                for (int32_t j = 0; j < window->kernel_width; j++) {{
                    sum += row[j * window->dilation_width] * *tap++;
                }}
            }}
            *output = tp_requantize(sum, *filter->multiplier, *filter->shift, filter->zero_point,
                                    -128, 127);
            output += channels;
        }}
    }}
}}

/* `lines` rows of outputs of all channels, from the row of the input at `top` on. */
static void tp_band(const int8_t *input, int8_t *output, const tp_filters *filters,
                    const tp_window *window, int32_t input_zero_point, int32_t top, int32_t lines,
                    int16_t *scratch)
{{
    const int32_t channels = filters->count, left = -window->pad_left;
    const int32_t pitch = (window->output_width - 1) * window->stride_width +
                          (window->kernel_width - 1) * window->dilation_width + 1;
    const int32_t depth = (lines - 1) * window->stride_height +
                          (window->kernel_height - 1) * window->dilation_height + 1;
    const int32_t y = top > 0 ? top : 0, x = left > 0 ? left : 0;
    const int32_t bottom = top + depth < window->input_height ? top + depth : window->input_height;
    const int32_t right = left + pitch < window->input_width ? left + pitch : window->input_width;
    const int32_t columns = right - x, rows = bottom - y;
    const tp_region region = {{columns, channels, rows, (window->input_width - columns) * channels,
                              pitch - columns}};
    int16_t *const samples = scratch + filters->taps;
    for (int32_t i = 0; i < depth * pitch; i++) {{
        samples[i] = (int16_t)input_zero_point;
    }}
    for (int32_t c = 0; c < channels; c++) {{
        const tp_filters filter = {{filters->weight + c, filters->bias + c,
                                   filters->multiplier + c, filters->shift + c, filters->taps, 1,
                                   filters->zero_point}};
        if (rows > 0 && columns > 0) {{
            tp_wide(input + (y * window->input_width + x) * channels + c,
                    samples + (y - top) * pitch + x - left, &region);
        }}
        if (!tp_fast(samples, output + c, &filter, window, channels, pitch, lines)) {{
            tp_plain(samples, output + c, &filter, window, channels, pitch, lines, scratch);
        }}
    }}
}}

static void tp_depthwise_conv2d(const int8_t *input, int8_t *output, const int8_t *weight,
                                const int32_t *bias, const int32_t *multiplier,
                                const int8_t *shift, const tp_window *window, int32_t channels,
                                int32_t input_zero_point, int32_t zero_point, int32_t low,
                                int32_t high, int32_t band, int16_t *scratch)
{{
    const int32_t taps = window->kernel_height * window->kernel_width;
    const int32_t height = window->output_height, width = window->output_width;
    const tp_filters filters = {{weight, bias, multiplier, shift, taps, channels, zero_point}};
    for (int32_t row = 0; row < height; row += band) {{
        const int32_t lines = height - row < band ? height - row : band;
        tp_band(input, output + row * width * channels, &filters, window, input_zero_point,
                row * window->stride_height - window->pad_top, lines, scratch);
    }}
    tp_bound(output, height * width * channels, low, high);
}}
"""


def band_rows(window: Window, made: Shape) -> int:
    """Rows of outputs to compute at a time."""
    reach, pitch = _band(window, made)
    return int(max(1, min(made[0], (SAMPLES // pitch - reach) // window.stride[0] + 1)))


def band_samples(window: Window, made: Shape) -> int:
    """16-bit numbers that the kernel works in: the weights of a channel and its band."""
    reach, pitch = _band(window, made)
    return window.area + pitch * (reach + (band_rows(window, made) - 1) * window.stride[0])


def _band(window: Window, made: Shape) -> tuple[int, int]:
    """Rows that a row of outputs sees, and their samples."""
    rows, columns = ((k - 1) * d + 1 for k, d in zip(window.kernel, window.dilation, strict=True))
    return rows, columns + (int(made[1]) - 1) * window.stride[1]
