/* What the C of this folder shares. Tensors are float32 with the channels last: rows of `channels`
   values, one row per pixel. */

#ifndef TINYPARETO_KERNELS_H
#define TINYPARETO_KERNELS_H

#include <stdint.h>

typedef int64_t size;

typedef struct {
    size cases, channels, height, width, kernel_height, kernel_width;
} geometry;

/* Any convolution with zeros around, of one case; y has its own sides. */
typedef struct {
    size inputs, outputs, height, width, out_height, out_width, kernel_height, kernel_width,
        stride_height, stride_width, padding_height, padding_width;
} window;

static inline size least(size a, size b) { return a < b ? a : b; }
static inline size most(size a, size b) { return a > b ? a : b; }

/* kernels.c */
void norm_forward(const float *x, float *y, const float *weight, const float *bias, float *mean,
                  float *inverse, size rows, size channels, float eps, float floor);
void norm_backward(const float *gradient, const float *x, const float *y, const float *weight,
                   const float *mean, const float *inverse, float *back, float *by_weight,
                   float *by_bias, size rows, size channels, float floor);
void depthwise_forward(const float *x, const float *wide, float *y, size span, const geometry *g);
void depthwise_backward(const float *restrict gradient, const float *restrict x,
                        const float *restrict wide, float *restrict back, float *restrict by_wide,
                        size span, const geometry *g);

/* matrix.c: y = x weight' + bias, weight [outputs, inputs], packed into `packed_floats` values; the
   gradient by x is that by y times the weights packed backwards, without bias. */
size packed_floats(size inputs, size outputs);
void dense_pack(const float *weight, float *packed, size inputs, size outputs);
void dense_pack_back(const float *weight, float *packed, size inputs, size outputs);
void dense_multiply(const float *x, const float *packed, const float *bias, float *y, size rows,
                    size inner, size columns);
/* Adds to the gradients; reads up to PAST values beyond the end of x. */
#define PAST 15
void dense_by_weight(const float *gradient, const float *x, float *by_weight, float *by_bias,
                     size rows, size inputs, size outputs);

/* convolution.c; `room` is for as many values as the function before says. The gradient by x is
   left out: only the first layer of a network is done this way. */
size convolution_floats(const window *w);
void convolution_forward(const float *x, const float *weight, const float *bias, float *y,
                         float *room, size cases, const window *w);
void convolution_backward(const float *gradient, const float *x, float *by_weight, float *by_bias,
                          float *room, size cases, const window *w);

/* filters.c: depthwise convolutions of any stride; inputs = outputs. */
size filters_floats(const window *w);
void filters_forward(const float *x, const float *weight, float *y, float *room, size cases,
                     const window *w);
void filters_backward(const float *gradient, const float *x, const float *weight, float *back,
                      float *by_weight, float *room, size cases, const window *w);

/* Where a tap of a pixel of the result reads in the case; -1 outside. */
static inline size source(const window *w, size i, size j, size a, size b)
{
    const size row = i * w->stride_height + a - w->padding_height;
    const size column = j * w->stride_width + b - w->padding_width;
    const int outside = row < 0 || row >= w->height || column < 0 || column >= w->width;
    return outside ? -1 : (row * w->width + column) * w->inputs;
}

#endif
