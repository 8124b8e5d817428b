"""What the operators share: the C helpers, the emission of a call, and its refusal."""

from collections.abc import Iterable

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, fixed_point

COMMON = r"""#include <stdint.h>

/* The Arm DSP extension, words at any address; define TP_PORTABLE to do without. */
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__GNUC__) && \
    defined(__ARM_ARCH_PROFILE) && !defined(__ARM_BIG_ENDIAN) && !defined(TP_PORTABLE)
#define TP_DSP (__ARM_ARCH_PROFILE == 'M')
#else
#define TP_DSP 0
#endif

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

/* Filters of `taps` weights each. */
typedef struct {
    const int8_t *weight;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
    int32_t taps, count, zero_point;
} tp_filters;

/* The larger one, without a branch, so that the time does not depend on the data; their difference
   is an int32_t. */
static inline int32_t tp_max(int32_t a, int32_t b)
{
    const int32_t more = a - b;
    int32_t sign = more >> 31;
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1 && defined(__GNUC__)
    /* Lest the compiler sees a maximum in it, and branches. */
    __asm__("" : "+r"(sign));
#endif
    return b + (more & ~sign);
}

static inline int32_t tp_limit(int32_t value, int32_t low, int32_t high)
{
    return -tp_max(-tp_max(value, low), -high);
}

static inline int8_t tp_clamp(int32_t value, int32_t low, int32_t high)
{
    return (int8_t)tp_limit(value, low, high);
}

/* floor(a * b / 2^32), b >= 0. */
static inline int32_t tp_high(int32_t a, int32_t b)
{
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
    /* No product of 64 bits; by halves it is several times faster than a call. */
    const int32_t a1 = a >> 16, b1 = b >> 16, a0 = a & 0xffff, b0 = b & 0xffff;
    const int32_t first = a1 * b0, second = a0 * b1;
    const uint32_t third = ((uint32_t)a0 * (uint32_t)b0) >> 16;
    const uint32_t low = (uint32_t)(first & 0xffff) + (uint32_t)(second & 0xffff) + third;
    return a1 * b1 + (first >> 16) + (second >> 16) + (int32_t)(low >> 16);
#else
    return (int32_t)(((int64_t)a * b) >> 32);
#endif
}

/* floor(accumulator * multiplier / 2^shift + 1/2) + zero_point, clamped; shift from 21 to 54.
   Below 33 the ratio is so large that sums beyond 2^12 saturate, and the others can be shifted up.
   >> of a negative number is arithmetic on every compiler we know. */
static inline int8_t tp_requantize(int32_t accumulator, int32_t multiplier, int32_t shift,
                                   int32_t zero_point, int32_t low, int32_t high)
{
    if (shift < 33) {
        accumulator = tp_limit(accumulator, -4096, 4096) * ((int32_t)1 << (33 - shift));
        shift = 33;
    }
    const int32_t offset = (2 * zero_point + 1) * ((int32_t)1 << (shift - 33));
    return tp_clamp((tp_high(accumulator, multiplier) + offset) >> (shift - 32), low, high);
}

/* What [-128, 127] leaves to do. */
static inline void tp_bound(int8_t *values, int32_t count, int32_t low, int32_t high)
{
    if (low == -128 && high == 127) {
        return;
    }
#if TP_DSP
    const uint32_t lows = (uint32_t)(low & 0xff) * 0x01010101u;
    const uint32_t highs = (uint32_t)(high & 0xff) * 0x01010101u;
    for (; count >= 4; count -= 4) {
        uint32_t word, least;
        __builtin_memcpy(&word, values, 4);
        __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2\n\tssub8 %1, %3, %0\n\tsel %0, %0, %3"
                : "=&r"(least), "+r"(word)
                : "r"(lows), "r"(highs)
                : "cc");
        __builtin_memcpy(values, &least, 4);
        values += 4;
    }
#endif
    for (int32_t i = 0; i < count; i++) {
        values[i] = tp_clamp(values[i], low, high);
    }
}

static inline void tp_fill(int8_t *to, int32_t value, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        to[i] = (int8_t)value;
    }
}

static inline void tp_copy(int8_t *to, const int8_t *from, int32_t count)
{
#if TP_DSP
    for (; count >= 4; count -= 4) {
        int32_t word;
        __builtin_memcpy(&word, from, 4);
        __builtin_memcpy(to, &word, 4);
        from += 4;
        to += 4;
    }
#endif
    for (int32_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}

/* Of each channel that a view sees: its sum, from `offset` on, rescaled. */
static inline void tp_mean(const tp_view *view, int8_t *output, int32_t channels, int32_t offset,
                           int32_t multiplier, int32_t shift, int32_t zero_point)
{
    int32_t channel = 0;
#if TP_DSP
    /* Sums of 16 bits hold 256 values. */
    for (; view->rows * view->columns <= 256 && channel + 4 <= channels; channel += 4) {
        uint32_t pairs[2] = {0, 0};
        for (int32_t i = 0; i < view->rows; i++) {
            const int8_t *value = view->first + i * view->down + channel;
            for (int32_t j = view->columns; j > 0; j--) {
                uint32_t word;
                __builtin_memcpy(&word, value, 4);
                __asm__("sxtab16 %0, %0, %2\n\tsxtab16 %1, %1, %2, ror #8"
                        : "+r"(pairs[0]), "+r"(pairs[1])
                        : "r"(word));
                value += view->right;
            }
        }
        for (int32_t i = 0; i < 4; i++) {
            const int32_t sum = (int16_t)(pairs[i & 1] >> (i & 2) * 8);
            output[channel + i] = tp_requantize(sum + offset, multiplier, shift, zero_point, -128,
                                                127);
        }
    }
#endif
    for (; channel < channels; channel++) {
        int32_t sum = offset;
        for (int32_t i = 0; i < view->rows; i++) {
            const int8_t *value = view->first + i * view->down + channel;
            for (int32_t j = view->columns; j > 0; j--) {
                sum += *value;
                value += view->right;
            }
        }
        output[channel] = tp_requantize(sum, multiplier, shift, zero_point, -128, 127);
    }
}

static inline int32_t tp_dot(const int8_t *a, const int8_t *b, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += (int32_t)a[i] * b[i];
    }
    return sum;
}
"""
"""To be put once before the kernels, in a header: a network need not use every helper."""


def unsupported(kind: str, call: Call, problem: str) -> UnsupportedLayerError:
    """The error for a call that an operator cannot stand for."""
    return UnsupportedLayerError(f"{kind} {call.layer or call.name!r}: {problem}")


def check_padding_mode(kind: str, call: Call) -> None:
    """Refuse padding by anything but zeros."""
    mode = call.attributes.get("padding_mode", "zeros")
    if mode != "zeros":
        raise unsupported(kind, call, f"padding_mode={mode!r} is unknown; use 'zeros'")


def activation_bounds(activation: str, output: Quant) -> dict[str, int]:
    """The clamp scalars `low` and `high` of a fused activation ('none', 'relu' or 'relu6')."""
    low = INT8_MIN if activation == "none" else output.zero_point
    six = output.zero_point + round(min(6 / output.scale, INT8_MAX - INT8_MIN))
    return {"low": low, "high": min(six, INT8_MAX) if activation == "relu6" else INT8_MAX}


def ratio_fixed_point(ratio: float) -> tuple[int, int]:
    """Multiplier and shift of a ratio of scales; beyond 2^9 any sum but 0 saturates anyhow."""
    return fixed_point(min(float(ratio), 2.0**9))


def c_statement(function: str, arguments: Iterable[str | int]) -> str:
    """One C call as a statement."""
    return f"{function}({', '.join(map(str, arguments))});"
