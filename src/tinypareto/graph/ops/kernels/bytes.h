/// Loops over int8 values. With the DSP extension they take four at a time, as the bytes of a word;
/// __builtin_memcpy is a single load or store there, at any address.

#pragma once

#include "requantize.h"

/* What [-128, 127] leaves to do. */
static inline void tp_bound(int8_t *values, int32_t count, int32_t low, int32_t high)
{
    if (low == -128 && high == 127) {
        return;
    }
#if TP_DSP
    /// SSUB8 subtracts each byte from its counterpart and sets a flag for each byte whose
    /// difference is not negative; SEL takes each byte from its first operand where the flag is
    /// set, and from its second one elsewhere. The first pair is the maximum with `low`, the second
    /// one the minimum with `high`.
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
