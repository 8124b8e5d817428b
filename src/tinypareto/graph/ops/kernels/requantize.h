/// From int32 sums to int8 outputs.

#pragma once

#include "core.h"

/* The larger one, without a branch, so that the time does not depend on the data; their difference
   is an int32_t. */
static inline int32_t tp_max(int32_t a, int32_t b)
{
    /// `sign` is -1 (all bits set) where a < b, and 0 elsewhere.
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
    /// With a = a1 2^16 + a0 and b = b1 2^16 + b0, where a0 and b0 have no sign,
    ///     a b = a1 b1 2^32 + (a1 b0 + a0 b1) 2^16 + a0 b0.
    /// Only the upper word of that is wanted. The upper halves of the middle products belong to it
    /// as they are; their lower halves and the upper half of a0 b0 add up to at most 3 (2^16 - 1),
    /// whose carry belongs to it too.
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
    /// The upper word of the product suffices. For a sum a, multiplier m, shift s, zero point z
    ///
    ///     floor(a m / 2^s + 1/2) + z = floor((a m + (2 z + 1) 2^(s-1)) / 2^s)
    ///
    /// For s >= 33 the second term is a multiple of 2^32. Dividing by 2^32 first loses only the
    /// lower word of a m, which the floor drops anyway:
    ///
    ///                                = (high(a m) + (2 z + 1) 2^(s-33)) >> (s - 32)
    ///
    /// This rounds once, half up, and is exact. |2 z + 1| <= 255 and s <= 54 keep the offset below
    /// 2^29, and |high(a m)| <= 2^30, so their sum is an int32_t. On Arm cores with the DSP
    /// extension it is three instructions: SMMLA, ASR, SSAT.
    ///
    /// Multipliers are at least 2^30 here, so for s <= 32 the ratio m / 2^s is at least 1/4. A sum
    /// of 4096 or more then becomes 1024 or more, which saturates with any zero point, and so for
    /// negative sums: they may be limited to [-4096, 4096], and what is left can be shifted up by
    /// 33 - s <= 12 bits instead.
    if (shift < 33) {
        accumulator = tp_limit(accumulator, -4096, 4096) * ((int32_t)1 << (33 - shift));
        shift = 33;
    }
    const int32_t offset = (2 * zero_point + 1) * ((int32_t)1 << (shift - 33));
    return tp_clamp((tp_high(accumulator, multiplier) + offset) >> (shift - 32), low, high);
}
