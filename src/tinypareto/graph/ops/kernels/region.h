/// The copy of a channel to 16-bit samples; see channel_plane.h.

#pragma once

#include "common.h"

/* Part of an image: values of one channel, how far apart they are, and what lies between rows. */
/// `columns` values of a row lie `step` bytes apart. `skip` bytes follow them in the image before
/// the next row starts, and `wide_skip` samples in the copy.
typedef struct {
    int32_t columns, step, rows, skip, wide_skip;
} tp_region;
