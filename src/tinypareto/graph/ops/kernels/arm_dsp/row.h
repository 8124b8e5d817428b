/// Products of one row with all filters: assembly for cores with the DSP extension, in row.S.

#pragma once

#include "../common.h"

/* All filters on one row of int8 taps, two at a time; filters >= 2. */
void tp_row(const tp_filters *filters, const int8_t *from, int8_t *to);
