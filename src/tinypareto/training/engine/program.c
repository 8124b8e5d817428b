/* The steps of a whole network, forward and backward, in two calls a batch. */

#include <string.h>

#include "kernels.h"

enum kind { DENSE, CONVOLUTION, FILTERS, NORM, RELU, HARDSIGMOID, HARDSWISH, MEAN, PRODUCT, SUM };

/* One step: y of x, and of z where there are two inputs. Where `add_x` is given, the gradient by x
   is made in `by_x` and then added there; where `by_x` is not, it is not needed. */
typedef struct {
    size kind;
    window w;
    size z_pixels; /* 1: z is one value per channel and case. */
    float eps, floor;
    const float *x, *z;
    float *y;
    const float *by_y;
    float *by_x, *add_x, *by_z, *add_z;
    const float *weight, *bias;
    float *by_weight, *by_bias;
    float *kept; /* Of a norm: mean and inverse deviation. */
    float *room;
} step;

static size pixels(const window *w) { return w->height * w->width; }
static size given(const step *s, size cases) { return cases * pixels(&s->w) * s->w.inputs; }

/* Values of `room` that a step needs. */
size room_floats(const step *s)
{
    if (s->kind == DENSE) return packed_floats(s->w.inputs, s->w.outputs);
    if (s->kind == CONVOLUTION) return convolution_floats(&s->w);
    return s->kind == FILTERS ? filters_floats(&s->w) : 0;
}

static float clipped(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

static void activate(const step *s, size count)
{
    const float *x = s->x;
    float *y = s->y;
    if (s->kind == RELU)
        for (size k = 0; k < count; k++) y[k] = x[k] < 0 ? 0 : x[k];
    else if (s->kind == HARDSIGMOID)
        for (size k = 0; k < count; k++) y[k] = clipped(x[k] / 6 + 0.5f);
    else
        for (size k = 0; k < count; k++) y[k] = x[k] * clipped(x[k] / 6 + 0.5f);
}

static void activate_back(const step *s, size count)
{
    const float *x = s->x, *g = s->by_y;
    float *back = s->by_x;
    if (s->kind == RELU)
        for (size k = 0; k < count; k++) back[k] = x[k] <= 0 ? 0 : g[k];
    else if (s->kind == HARDSIGMOID)
        for (size k = 0; k < count; k++) back[k] = x[k] > -3 && x[k] < 3 ? g[k] / 6 : 0;
    else
        for (size k = 0; k < count; k++) {
            const float inside = x[k] / 3 + 0.5f;
            back[k] = x[k] <= -3 ? 0 : x[k] < 3 ? g[k] * inside : g[k];
        }
}

static void mean(const step *s, size cases)
{
    const size n = s->w.inputs, count = pixels(&s->w);
    const float *x = s->x;
    for (size k = 0; k < cases; k++) {
        float *y = s->y + k * n;
        for (size c = 0; c < n; c++) y[c] = 0;
        for (size p = 0; p < count; p++, x += n)
            for (size c = 0; c < n; c++) y[c] += x[c];
        for (size c = 0; c < n; c++) y[c] /= (float)count;
    }
}

static void mean_back(const step *s, size cases)
{
    const size n = s->w.inputs, count = pixels(&s->w);
    float *back = s->by_x;
    for (size k = 0; k < cases; k++)
        for (size p = 0; p < count; p++, back += n)
            for (size c = 0; c < n; c++) back[c] = s->by_y[k * n + c] / (float)count;
}

/* The row of z that goes with pixel p of case k. */
static size other(const step *s, size k, size p)
{
    return (s->z_pixels == 1 ? k : k * pixels(&s->w) + p) * s->w.inputs;
}

static void combine(const step *s, size cases)
{
    const size n = s->w.inputs;
    const float *x = s->x;
    float *y = s->y;
    for (size k = 0; k < cases; k++)
        for (size p = 0; p < pixels(&s->w); p++, x += n, y += n) {
            const float *z = s->z + other(s, k, p);
            if (s->kind == SUM)
                for (size c = 0; c < n; c++) y[c] = x[c] + z[c];
            else
                for (size c = 0; c < n; c++) y[c] = x[c] * z[c];
        }
}

/* The gradient by x is that by y, times z where it is a product. */
static void combine_by_x(const step *s, size cases)
{
    const size n = s->w.inputs;
    const float *g = s->by_y;
    float *back = s->by_x;
    for (size k = 0; k < cases; k++)
        for (size p = 0; p < pixels(&s->w); p++, g += n, back += n) {
            const float *z = s->z + other(s, k, p);
            for (size c = 0; c < n; c++) back[c] = s->kind == SUM ? g[c] : g[c] * z[c];
        }
}

static void combine_by_z(const step *s, size cases)
{
    const size n = s->w.inputs;
    const float *g = s->by_y, *x = s->x;
    memset(s->by_z, 0, (size_t)(cases * s->z_pixels * n) * sizeof(float));
    for (size k = 0; k < cases; k++)
        for (size p = 0; p < pixels(&s->w); p++, g += n, x += n) {
            float *back = s->by_z + other(s, k, p);
            for (size c = 0; c < n; c++) back[c] += s->kind == SUM ? g[c] : g[c] * x[c];
        }
}

static void forward(const step *s, size cases)
{
    const window *w = &s->w;
    switch (s->kind) {
    case DENSE:
        dense_pack(s->weight, s->room, w->inputs, w->outputs);
        dense_multiply(s->x, s->room, s->bias, s->y, cases * pixels(w), w->inputs, w->outputs);
        break;
    case CONVOLUTION:
        convolution_forward(s->x, s->weight, s->bias, s->y, s->room, cases, w);
        break;
    case FILTERS:
        filters_forward(s->x, s->weight, s->y, s->room, cases, w);
        break;
    case NORM:
        norm_forward(s->x, s->y, s->weight, s->bias, s->kept, s->kept + w->inputs,
                     cases * pixels(w), w->inputs, s->eps, s->floor);
        break;
    case MEAN:
        mean(s, cases);
        break;
    case PRODUCT:
    case SUM:
        combine(s, cases);
        break;
    default:
        activate(s, given(s, cases));
    }
}

static void dense_backward(const step *s, size rows)
{
    const window *w = &s->w;
    dense_by_weight(s->by_y, s->x, s->by_weight, s->by_bias, rows, w->inputs, w->outputs);
    if (!s->by_x) return;
    dense_pack_back(s->weight, s->room, w->inputs, w->outputs);
    dense_multiply(s->by_y, s->room, 0, s->by_x, rows, w->outputs, w->inputs);
}

static void backward(const step *s, size cases)
{
    const window *w = &s->w;
    switch (s->kind) {
    case DENSE:
        dense_backward(s, cases * pixels(w));
        break;
    case CONVOLUTION:
        convolution_backward(s->by_y, s->x, s->by_weight, s->by_bias, s->room, cases, w);
        break;
    case FILTERS:
        filters_backward(s->by_y, s->x, s->weight, s->by_x, s->by_weight, s->room, cases, w);
        break;
    case NORM:
        norm_backward(s->by_y, s->x, s->y, s->weight, s->kept, s->kept + w->inputs, s->by_x,
                      s->by_weight, s->by_bias, cases * pixels(w), w->inputs, s->floor);
        break;
    case MEAN:
        mean_back(s, cases);
        break;
    case PRODUCT:
    case SUM:
        if (s->by_x) combine_by_x(s, cases);
        break;
    default:
        activate_back(s, given(s, cases));
    }
}

static void add(float *to, const float *from, size count)
{
    for (size k = 0; to && k < count; k++) to[k] += from[k];
}

void run_forward(const step *steps, size count, size cases)
{
    for (size k = 0; k < count; k++) forward(steps + k, cases);
}

/* Adds the gradients of all parameters, from that of the output. */
void run_backward(const step *steps, size count, size cases)
{
    for (const step *s = steps + count; s-- > steps;) {
        backward(s, cases);
        add(s->add_x, s->by_x, given(s, cases));
        if (!s->by_z) continue;
        combine_by_z(s, cases);
        add(s->add_z, s->by_z, cases * s->z_pixels * s->w.inputs);
    }
}
