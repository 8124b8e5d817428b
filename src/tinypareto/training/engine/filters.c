/* Depthwise convolutions of any stride; those that keep the size go the faster way of kernels.c. */

#include <string.h>

#include "kernels.h"

#define SPAN 512 /* Values of a row that are worked on at once: what the fastest cache holds. */

static size taps(const window *w) { return w->kernel_height * w->kernel_width; }
static size given(const window *w) { return w->height * w->width * w->inputs; }

static int keeps_size(const window *w)
{
    return w->stride_height == 1 && w->stride_width == 1 && w->out_height == w->height &&
           w->out_width == w->width && w->kernel_height % 2 && w->kernel_width % 2;
}

/* Pixels along which the filters are repeated. */
static size span(const window *w)
{
    return keeps_size(w) ? most(1, least(w->width, SPAN / w->inputs)) : 1;
}

size filters_floats(const window *w) { return 2 * taps(w) * span(w) * w->inputs; }

/* [channels, taps] to [taps, span, channels], or the sum over the span back. */
static void repeat(const window *w, const float *weight, float *wide, float *by_weight)
{
    for (size t = 0; t < taps(w); t++)
        for (size s = 0; s < span(w); s++)
            for (size c = 0; c < w->inputs; c++, wide++) {
                if (by_weight)
                    by_weight[c * taps(w) + t] += *wide;
                else
                    *wide = weight[c * taps(w) + t];
            }
}

void filters_forward(const float *x, const float *weight, float *y, float *room, size cases,
                     const window *w)
{
    const size n = w->inputs;
    repeat(w, weight, room, 0);
    if (keeps_size(w)) {
        const geometry g = {cases, n, w->height, w->width, w->kernel_height, w->kernel_width};
        depthwise_forward(x, room, y, span(w), &g);
        return;
    }
    for (size k = 0; k < cases; k++, x += given(w))
        for (size i = 0; i < w->out_height; i++)
            for (size j = 0; j < w->out_width; j++, y += n) {
                const float *filter = room;
                for (size c = 0; c < n; c++) y[c] = 0;
                for (size a = 0; a < w->kernel_height; a++)
                    for (size b = 0; b < w->kernel_width; b++, filter += n) {
                        const size at = source(w, i, j, a, b);
                        for (size c = 0; at >= 0 && c < n; c++) y[c] += x[at + c] * filter[c];
                    }
            }
}

static void strided_backward(const float *restrict gradient, const float *restrict x,
                             const float *restrict wide, float *restrict back,
                             float *restrict by_wide, size cases, const window *w)
{
    const size n = w->inputs;
    for (size k = 0; k < cases; k++, x += given(w), back += given(w))
        for (size i = 0; i < w->out_height; i++)
            for (size j = 0; j < w->out_width; j++, gradient += n)
                for (size a = 0; a < w->kernel_height; a++)
                    for (size b = 0; b < w->kernel_width; b++) {
                        const size at = source(w, i, j, a, b);
                        const size tap = (a * w->kernel_width + b) * n;
                        for (size c = 0; at >= 0 && c < n; c++) {
                            back[at + c] += gradient[c] * wide[tap + c];
                            by_wide[tap + c] += gradient[c] * x[at + c];
                        }
                    }
}

void filters_backward(const float *gradient, const float *x, const float *weight, float *back,
                      float *by_weight, float *room, size cases, const window *w)
{
    const size values = taps(w) * span(w) * w->inputs;
    float *by_wide = room + values;
    repeat(w, weight, room, 0);
    memset(by_wide, 0, (size_t)values * sizeof(float));
    memset(back, 0, (size_t)(cases * given(w)) * sizeof(float));
    if (keeps_size(w)) {
        const geometry g = {cases,    w->inputs,        w->height,
                            w->width, w->kernel_height, w->kernel_width};
        depthwise_backward(gradient, x, room, back, by_wide, span(w), &g);
    } else {
        strided_backward(gradient, x, room, back, by_wide, cases, w);
    }
    repeat(w, 0, by_wide, by_weight);
}
