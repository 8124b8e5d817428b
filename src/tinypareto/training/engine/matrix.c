/* Products of small matrices in row order.

   A tile is a few rows by LANES columns and stays in registers; the second matrix comes packed in
   panels of LANES columns, the last one filled up with zeros. */

#include "kernels.h"

#define LANES 16
#ifdef __AVX512F__
#define TILE 8
#else
#define TILE 4
#endif

typedef float vector __attribute__((vector_size(4 * LANES)));
typedef float anywhere __attribute__((vector_size(4 * LANES), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

size packed_floats(size inputs, size outputs)
{
    const size wide = (most(inputs, outputs) + LANES - 1) / LANES * LANES;
    return wide * most(inputs, outputs);
}

/* packed[column / LANES][row][column % LANES] = w[row * by_row + column * by_column] */
static void pack(const float *w, size rows, size columns, size by_row, size by_column,
                 float *packed)
{
    for (size first = 0; first < columns; first += LANES)
        for (size r = 0; r < rows; r++, packed += LANES)
            for (size c = 0; c < LANES; c++)
                packed[c] = first + c < columns ? w[r * by_row + (first + c) * by_column] : 0;
}

INLINE void store(float *to, vector values, size width)
{
    if (width == LANES)
        *(anywhere *)to = values;
    else
        for (size c = 0; c < width; c++) to[c] = values[c];
}

/* `count` rows of y = x panel + bias, `width` columns of them. */
INLINE void tile(const float *x, size inner, const float *panel, vector bias, float *y, size stride,
                 size width, int count)
{
    vector sums[TILE];
#pragma GCC unroll 8
    for (int r = 0; r < count; r++) sums[r] = bias;
    for (size i = 0; i < inner; i++) {
        const vector w = *(const anywhere *)(panel + i * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < count; r++) sums[r] += x[r * inner + i] * w;
    }
#pragma GCC unroll 8
    for (int r = 0; r < count; r++) store(y + r * stride, sums[r], width);
}

void dense_multiply(const float *x, const float *packed, const float *bias, float *y, size rows,
                    size inner, size columns)
{
    for (size first = 0; first < columns; first += LANES) {
        const size width = least(LANES, columns - first);
        const float *panel = packed + first * inner;
        vector start = {0};
        for (size c = 0; bias && c < width; c++) start[c] = bias[first + c];
        size r = 0;
        for (; r + TILE <= rows; r += TILE)
            tile(x + r * inner, inner, panel, start, y + r * columns + first, columns, width, TILE);
        for (; r < rows; r++)
            tile(x + r * inner, inner, panel, start, y + r * columns + first, columns, width, 1);
    }
}

void dense_pack(const float *weight, float *packed, size inputs, size outputs)
{
    pack(weight, inputs, outputs, 1, inputs, packed);
}

void dense_pack_back(const float *weight, float *packed, size inputs, size outputs)
{
    pack(weight, outputs, inputs, inputs, 1, packed);
}

/* `count` rows of the weights' gradient, `width` columns of them. */
INLINE void outer(const float *gradient, const float *x, float *to, size rows, size inputs,
                  size outputs, size width, int count)
{
    vector sums[TILE] = {{0}};
    for (size r = 0; r < rows; r++) {
        const vector v = *(const anywhere *)(x + r * inputs);
#pragma GCC unroll 8
        for (int o = 0; o < count; o++) sums[o] += gradient[r * outputs + o] * v;
    }
#pragma GCC unroll 8
    for (int o = 0; o < count; o++)
        for (size c = 0; c < width; c++) to[o * inputs + c] += sums[o][c];
}

void dense_by_weight(const float *gradient, const float *x, float *by_weight, float *by_bias,
                     size rows, size inputs, size outputs)
{
    for (size first = 0; first < inputs; first += LANES) {
        const size width = least(LANES, inputs - first);
        size o = 0;
        for (; o + TILE <= outputs; o += TILE)
            outer(gradient + o, x + first, by_weight + o * inputs + first, rows, inputs, outputs,
                  width, TILE);
        for (; o < outputs; o++)
            outer(gradient + o, x + first, by_weight + o * inputs + first, rows, inputs, outputs,
                  width, 1);
    }
    for (size r = 0; by_bias && r < rows; r++)
        for (size o = 0; o < outputs; o++) by_bias[o] += gradient[r * outputs + o];
}
