/// Any function of one value: the table holds the result of each of the 256 inputs.

#include "common.h"

static void tp_table(const int8_t *input, int8_t *output, const int8_t *table, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        output[i] = table[input[i] + 128];
    }
}
