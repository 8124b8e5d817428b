/// Random convolutional kernels: counts of results above thresholds, standardized.
///
/// A kernel has nine taps, three of weight 2 and six of weight -1. With S the sum of all nine, the
/// result is 3 (a + b + c) - S, where a, b and c are the taps of weight 2. S is the same for all
/// features of a group.
///
/// Everything is int16: a sum of nine channels is at most 9 * 255 in size, and a result at most six
/// times that. Sums in between may wrap around, which the last one undoes.

#include "common.h"

/* For each feature: numbers of three taps and whether it is padded, the threshold, the mean of the
   counts, and how often a count is doubled. */
typedef struct {
    const int16_t *taps, *threshold, *mean;
    const int8_t *shift;
} tp_kernels;

/* The sum of the channels whose bits are set, with zeros at both ends for the outer taps. */
static inline void tp_sum_channels(const int8_t *input, int16_t *series, const int8_t *members,
                                   int32_t length, int32_t channels, int32_t margin,
                                   int32_t zero_point)
{
    for (int32_t i = 0; i < margin; i++) {
        series[i] = 0;
        series[margin + length + i] = 0;
    }
    series += margin;
    int32_t first = 1;
    for (int32_t channel = 0; channel < channels; channel++) {
        if ((members[channel >> 3] >> (channel & 7)) & 1) {
            const int8_t *value = input + channel;
            for (int32_t i = 0; i < length; i++) {
                series[i] = (int16_t)((first ? 0 : series[i]) + *value - zero_point);
                value += channels;
            }
            first = 0;
        }
    }
    for (int32_t i = 0; first && i < length; i++) {
        series[i] = 0;
    }
}

/* The sums of all nine taps. */
static inline void tp_sum_taps(const int16_t *series, int16_t *sums, int32_t length,
                               int32_t dilation)
{
    int32_t i = 0;
    for (; i < dilation && i < length; i++) {
        /// The first four taps are zeros here.
        int32_t sum = 0;
        for (int32_t tap = 4; tap < 9; tap++) {
            sum += series[i + tap * dilation];
        }
        sums[i] = (int16_t)sum;
    }
    /// From here on each sum differs from that one dilation before by the tap that it gains and the
    /// one that it loses.
    const int16_t *const gained = series + 8 * dilation, *const lost = series - dilation;
#if TP_DSP
    /* Two sums a word, where neither needs the other. */
    for (; dilation > 1 && i + 2 <= length; i += 2) {
        uint32_t sum, more, less;
        __builtin_memcpy(&sum, sums + i - dilation, 4);
        __builtin_memcpy(&more, gained + i, 4);
        __builtin_memcpy(&less, lost + i, 4);
        __asm__("sadd16 %0, %0, %1\n\tssub16 %0, %0, %2" : "+r"(sum) : "r"(more), "r"(less) : "cc");
        __builtin_memcpy(sums + i, &sum, 4);
    }
#endif
    for (; i < length; i++) {
        sums[i] = (int16_t)(sums[i - dilation] + gained[i] - lost[i]);
    }
}

/* How many results 3 (a + b + c) - s reach the threshold. */
static inline int32_t tp_reached(const int16_t *a, const int16_t *b, const int16_t *c,
                                 const int16_t *s, int32_t threshold, int32_t count)
{
    int32_t reached = count;
    int32_t i = 0;
#if TP_DSP
    /* Two positions a word: SSUB16 marks the halves that are not negative, SEL takes 1 for them. */
    const uint32_t ones = 0x00010001u, zeros = 0;
    const uint32_t thresholds = ((uint32_t)threshold & 0xffffu) * ones;
    uint32_t counts = 0;
    for (; i + 2 <= count; i += 2) {
        uint32_t sum, second, third, taps;
        __builtin_memcpy(&sum, a + i, 4);
        __builtin_memcpy(&second, b + i, 4);
        __builtin_memcpy(&third, c + i, 4);
        __builtin_memcpy(&taps, s + i, 4);
        __asm__("sadd16 %0, %0, %2\n\tsadd16 %0, %0, %3\n\tsadd16 %2, %0, %0\n\t"
                "sadd16 %0, %0, %2\n\tssub16 %0, %0, %4\n\tssub16 %0, %0, %5\n\t"
                "sel %0, %6, %7\n\tsadd16 %1, %1, %0"
                : "+r"(sum), "+r"(counts), "+r"(second)
                : "r"(third), "r"(taps), "r"(thresholds), "r"(ones), "r"(zeros)
                : "cc");
    }
    reached = (int32_t)((counts & 0xffffu) + (counts >> 16)) + (count - i);
#endif
    for (; i < count; i++) {
        /// A negative difference is -1 after the shift, and takes this position away again.
        int32_t more = 3 * (a[i] + b[i] + c[i]) - s[i] - threshold;
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1 && defined(__GNUC__)
        /* Lest the compiler sees a comparison in it, and branches. */
        __asm__("" : "+r"(more));
#endif
        reached += more >> 31;
    }
    return reached;
}

/* `workspace` has room for two series of int16 and for the zeros beyond the ends of one of them. */
static void tp_random_kernels(const int8_t *input, int8_t *output, int8_t *workspace,
                              const int16_t *size, const int16_t *dilations, const int8_t *members,
                              const tp_kernels *kernels, int32_t length, int32_t channels,
                              int32_t groups, int32_t zero_point)
{
    int16_t *const series = (int16_t *)(void *)(workspace + (-(uintptr_t)workspace & 3));
    int32_t feature = 0;
    for (int32_t group = 0; group < groups; group++) {
        const int32_t dilation = dilations[group], margin = 4 * dilation;
        int16_t *const sums = series + length + 2 * margin;
        if (size[group] == 0) {
            continue;
        }
        tp_sum_channels(input, series, members + group * ((channels + 7) >> 3), length, channels,
                        margin, zero_point);
        tp_sum_taps(series, sums, length, dilation);
        for (const int32_t end = feature + size[group]; feature < end; feature++) {
            const int32_t taps = kernels->taps[feature];
            const int32_t edge = taps >> 12 || length <= 2 * margin ? 0 : margin;
            const int16_t *first = series + edge;
            const int32_t count = tp_reached(first + (taps & 15) * dilation,
                                             first + (taps >> 4 & 15) * dilation,
                                             first + (taps >> 8 & 15) * dilation, sums + edge,
                                             kernels->threshold[feature], length - 2 * edge);
            const int32_t steps = (count - kernels->mean[feature]) *
                                  ((int32_t)1 << kernels->shift[feature]);
            output[feature] = tp_clamp((steps + 128) >> 8, -128, 127);
        }
    }
}
