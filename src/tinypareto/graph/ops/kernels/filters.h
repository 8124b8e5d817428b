/// Filters of convolutions and of fully connected layers: one filter computes one output channel.
///
/// The real result of a filter is sum(s_x (x - z_x) * s_w w) + b, where x and w are int8 with
/// scales s_x and s_w, and z_x is the zero point of the input. `bias` holds b / (s_x s_w) - z_x
/// sum(w) as an int32, so the kernels compute bias + sum(x * w) and need not know z_x, except to
/// fill padding. `multiplier` / 2^`shift` is s_x s_w / s_y, the step from that sum to the scale of
/// the output; see requantize.h. All arrays have one entry per filter.
///
/// arm_dsp/*.S load these fields by their order.

#pragma once

#include "core.h"

/* Filters of `taps` weights each. */
typedef struct {
    const int8_t *weight;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
    int32_t taps, count, zero_point;
} tp_filters;
