"""C of the depthwise convolution: one channel's plane at a time, its weights in registers.

The rows that a window sees are copied to 16-bit samples, padding included, so no tap is checked; a
ring keeps them for the windows below.
"""

from tinypareto.graph.op import Shape
from tinypareto.graph.ops.dsp import PLANE
from tinypareto.graph.ops.window import Window

PLANES = rf"""
#if TP_DSP
/* A row of outputs of a 3 x 3 window: its rows of samples, its weights as pairs (0, 1) of each row,
   (2) of rows 0 and 1, (2) of row 2, and the rescaling as in tp_requantize. */
typedef struct {{
    const int16_t *rows[3];
    int8_t *output;
    int32_t step, count;
    int32_t pairs[5];
    int32_t bias, multiplier, offset, shift;
}} tp_plane;

{PLANE}
static inline int32_t tp_pair(int32_t low, int32_t high)
{{
    return (int32_t)(((uint32_t)low & 0xffffu) | (uint32_t)high << 16);
}}
#endif

/* Samples of one row and channel, from left of the padding on. */
static void tp_samples(const int8_t *input, const tp_window *window, int32_t channels, int32_t y,
                       int32_t zero_point, int16_t *to, int32_t count)
{{
    const int32_t inside = y >= 0 && y < window->input_height;
    const int32_t before = !inside ? count : window->pad_left < count ? window->pad_left : count;
    int32_t i = 0;
    for (; i < before; i++) {{
        *to++ = (int16_t)zero_point;
    }}
    if (inside) {{
        const int32_t x = i - window->pad_left;
        const int32_t left = window->input_width - x;
        const int32_t end = i + left < count ? i + left : count;
        const int8_t *from = input + (y * window->input_width + x) * channels;
#if TP_DSP
        if (i < end) {{
            tp_strided(from, to, end - i, channels);
            to += end - i;
            i = end;
        }}
#else
        for (; i < end; i++) {{
            *to++ = *from;
            from += channels;
        }}
#endif
    }}
    for (; i < count; i++) {{
        *to++ = (int16_t)zero_point;
    }}
}}

/* A row of outputs of any window; `slot` is the place of its first row in the ring. */
static void tp_outputs(const int16_t *ring, int32_t slot, int32_t reach, int32_t pitch,
                       const int16_t *taps, const tp_window *window, const tp_filters *filter,
                       int8_t *output, int32_t channels)
{{
    for (int32_t column = 0; column < window->output_width; column++) {{
        int32_t sum = *filter->bias, at = slot;
        const int16_t *tap = taps;
        for (int32_t i = 0; i < window->kernel_height; i++) {{
            const int16_t *sample = ring + at * pitch + column * window->stride_width;
            for (int32_t j = 0; j < window->kernel_width; j++) {{
                sum += *sample * *tap++;
                sample += window->dilation_width;
            }}
            at += window->dilation_height;
            at -= at < reach ? 0 : reach;
        }}
        *output = tp_requantize(sum, *filter->multiplier, *filter->shift, filter->zero_point,
                                -128, 127);
        output += channels;
    }}
}}

static void tp_channel(const int8_t *input, int8_t *output, const tp_filters *filter,
                       const tp_window *window, int32_t channels, int32_t input_zero_point,
                       int16_t *scratch)
{{
    const int32_t reach = (window->kernel_height - 1) * window->dilation_height + 1;
    const int32_t pitch = (window->output_width - 1) * window->stride_width +
                          (window->kernel_width - 1) * window->dilation_width + 1;
    int16_t *const ring = scratch + filter->taps;
    int32_t known = 0, slot = 0;
    for (int32_t i = 0; i < filter->taps; i++) {{
        scratch[i] = filter->weight[i * channels];
    }}
#if TP_DSP
    const int32_t step = window->stride_width, shift = *filter->shift;
    const int32_t fast = window->kernel_height == 3 && window->kernel_width == 3 &&
                         window->dilation_width == 1 && step <= 2 && shift >= 33;
    tp_plane plane = {{
        {{0}}, output, channels, window->output_width, {{0}}, *filter->bias, *filter->multiplier,
        (2 * filter->zero_point + 1) * ((int32_t)1 << (fast ? shift - 33 : 0)), shift - 32,
    }};
    if (fast) {{
        for (int32_t i = 0; i < 3; i++) {{
            plane.pairs[i] = tp_pair(scratch[3 * i], scratch[3 * i + 1]);
        }}
        plane.pairs[3] = tp_pair(scratch[2], scratch[5]);
        plane.pairs[4] = scratch[8];
    }}
#endif
    for (int32_t row = 0; row < window->output_height; row++) {{
        const int32_t top = row * window->stride_height - window->pad_top;
        for (int32_t i = known; i < reach; i++) {{
            const int32_t at = slot + i < reach ? slot + i : slot + i - reach;
            tp_samples(input, window, channels, top + i, input_zero_point, ring + at * pitch,
                       pitch);
        }}
#if TP_DSP
        if (fast) {{
            for (int32_t i = 0, at = slot; i < 3; i++) {{
                plane.rows[i] = ring + at * pitch;
                at += window->dilation_height;
                at -= at < reach ? 0 : reach;
            }}
            plane.output = output;
            if (step == 1) {{
                tp_plane_1(&plane);
            }} else {{
                tp_plane_2(&plane);
            }}
        }} else
#endif
            tp_outputs(ring, slot, reach, pitch, scratch, window, filter, output, channels);
        output += window->output_width * channels;
        known = reach > window->stride_height ? reach - window->stride_height : 0;
        for (slot += window->stride_height; slot >= reach;) {{
            slot -= reach;
        }}
    }}
}}

static void tp_depthwise_conv2d(const int8_t *input, int8_t *output, const int8_t *weight,
                                const int32_t *bias, const int32_t *multiplier,
                                const int8_t *shift, const tp_window *window, int32_t channels,
                                int32_t input_zero_point, int32_t zero_point, int32_t low,
                                int32_t high, int16_t *scratch)
{{
    const int32_t taps = window->kernel_height * window->kernel_width;
    for (int32_t c = 0; c < channels; c++) {{
        const tp_filters filter = {{weight + c, bias + c, multiplier + c, shift + c, taps, 1,
                                   zero_point}};
        tp_channel(input + c, output + c, &filter, window, channels, input_zero_point, scratch);
    }}
    tp_bound(output, window->output_height * window->output_width * channels, low, high);
}}
"""


def plane_samples(window: Window, made: Shape) -> int:
    """16-bit numbers that the kernel works in: the weights of a channel and its rows in view."""
    rows = (window.kernel[0] - 1) * window.dilation[0] + 1
    reach = (window.kernel[1] - 1) * window.dilation[1] + 1
    return window.area + rows * ((int(made[1]) - 1) * window.stride[1] + reach)
