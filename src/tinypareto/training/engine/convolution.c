/* The first convolution of a network, as a product of matrices.

   A case is laid out as rows of taps, one per pixel of the result, so that a convolution is one
   product; the weights are put in the order of these rows, (height, width, inputs). */

#include <string.h>

#include "kernels.h"

static size taps(const window *w) { return w->kernel_height * w->kernel_width; }
static size row_floats(const window *w) { return taps(w) * w->inputs; }
static size pixels(const window *w) { return w->out_height * w->out_width; }

static void lay_out(const window *w, const float *x, float *rows)
{
    const size n = w->inputs;
    for (size i = 0; i < w->out_height; i++)
        for (size j = 0; j < w->out_width; j++)
            for (size a = 0; a < w->kernel_height; a++)
                for (size b = 0; b < w->kernel_width; b++, rows += n) {
                    const size at = source(w, i, j, a, b);
                    for (size c = 0; c < n; c++) rows[c] = at < 0 ? 0 : x[at + c];
                }
}

/* [outputs, inputs, taps] to [outputs, taps, inputs], or its sum back. */
static void reorder(const window *w, const float *weight, float *ordered, float *by_weight)
{
    const size count = taps(w);
    for (size o = 0; o < w->outputs; o++)
        for (size t = 0; t < count; t++)
            for (size i = 0; i < w->inputs; i++, ordered++) {
                const size at = (o * w->inputs + i) * count + t;
                if (by_weight)
                    by_weight[at] += *ordered;
                else
                    *ordered = weight[at];
            }
}

size convolution_floats(const window *w)
{
    const size k = row_floats(w);
    return 2 * w->outputs * k + packed_floats(k, w->outputs) + pixels(w) * k + PAST;
}

void convolution_forward(const float *x, const float *weight, const float *bias, float *y,
                         float *room, size cases, const window *w)
{
    const size k = row_floats(w);
    float *ordered = room, *packed = ordered + 2 * w->outputs * k;
    float *rows = packed + packed_floats(k, w->outputs);
    reorder(w, weight, ordered, 0);
    dense_pack(ordered, packed, k, w->outputs);
    for (size n = 0; n < cases; n++) {
        lay_out(w, x + n * w->height * w->width * w->inputs, rows);
        dense_multiply(rows, packed, bias, y + n * pixels(w) * w->outputs, pixels(w), k,
                       w->outputs);
    }
}

void convolution_backward(const float *gradient, const float *x, float *by_weight, float *by_bias,
                          float *room, size cases, const window *w)
{
    const size k = row_floats(w);
    float *by_ordered = room + w->outputs * k;
    float *rows = by_ordered + w->outputs * k + packed_floats(k, w->outputs);
    memset(by_ordered, 0, (size_t)(w->outputs * k) * sizeof(float));
    for (size n = 0; n < cases; n++) {
        lay_out(w, x + n * w->height * w->width * w->inputs, rows);
        dense_by_weight(gradient + n * pixels(w) * w->outputs, rows, by_ordered, by_bias, pixels(w),
                        k, w->outputs);
    }
    reorder(w, 0, by_ordered, by_weight);
}
