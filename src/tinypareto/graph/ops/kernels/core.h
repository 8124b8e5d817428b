/// What the kernels may use of the core that they are compiled for.
///
/// The preprocessor chooses, so the emitted C is the same for every core. A further instruction set
/// (MVE, RISC-V) gets a macro here, and a folder beside arm_dsp/ and portable/.

#pragma once

#include <stdint.h>

/* The Arm DSP extension, words at any address; define TP_PORTABLE to do without. */
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__GNUC__) && \
    defined(__ARM_ARCH_PROFILE) && !defined(__ARM_BIG_ENDIAN) && !defined(TP_PORTABLE)
#define TP_DSP (__ARM_ARCH_PROFILE == 'M')
#else
#define TP_DSP 0
#endif
