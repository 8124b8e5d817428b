/* Batch norm with ReLU and depthwise convolution, forward and backward, for small networks.

   Tensors are float32 with the channels last: rows of `channels` values, one row per pixel. Every
   loop that is to be vectorized runs over the channels of a block, each of which has sums of its
   own, so that no sum is reordered. Rows are summed in float by runs, runs in double. */

#include "kernels.h"

#define LANES 16
#define BLOCK 32
#define WIDE 512
#define RUN 64

/* Some channels of all rows. Where a row is short, as many rows as make WIDE / 2 to WIDE values
   are one, so that loops are long and end with a whole vector; the rest are single rows. */
typedef struct {
    size rows, lanes, stride; /* Long rows, values in each, and from one to the next. */
    size rest, width;         /* Single rows after them; channels. */
} block;

static block block_of(size rows, size channels, size first)
{
    const size width = least(BLOCK, channels - first);
    const block strided = {rows, width, channels, 0, width};
    size together = 1;
    if (channels > BLOCK) return strided;
    while (together * channels % LANES) together *= 2;
    while (2 * together * channels <= WIDE) together *= 2;
    const size lanes = together * channels;
    const block b = {rows / together, lanes, lanes, rows % together, channels};
    return b;
}

static const float *rest_of(const block *b, const float *x) { return x + b->rows * b->stride; }

/* The channels' values again and again. */
static void repeat(float *values, size width, size lanes)
{
    for (size c = width; c < lanes; c++) values[c] = values[c - width];
}

/* The sums of the lanes, for each channel. */
static void fold(double *totals, size width, size lanes)
{
    for (size c = width; c < lanes; c++) totals[c % width] += totals[c];
}

/* Adds the sums over rows of x - shift, or of its squares. */
static void add_sums(const float *x, size rows, size stride, size lanes, const float *shift,
                     int squared, double *totals)
{
    for (size start = 0; start < rows; start += RUN) {
        float sums[WIDE] = {0};
        const size end = least(rows, start + RUN);
        for (size r = start; r < end; r++) {
            const float *row = x + r * stride;
            if (squared)
                for (size c = 0; c < lanes; c++) {
                    const float d = row[c] - shift[c];
                    sums[c] += d * d;
                }
            else
                for (size c = 0; c < lanes; c++) sums[c] += row[c];
        }
        for (size c = 0; c < lanes; c++) totals[c] += (double)sums[c];
    }
}

static void channel_sums(const float *x, const block *b, const float *shift, int squared,
                         double *totals)
{
    for (size c = 0; c < b->lanes; c++) totals[c] = 0;
    add_sums(x, b->rows, b->stride, b->lanes, shift, squared, totals);
    add_sums(rest_of(b, x), b->rest, b->width, b->width, shift, squared, totals);
    fold(totals, b->width, b->lanes);
}

static void scale(const float *x, float *y, size rows, size stride, size lanes, const float *offset,
                  const float *gain, const float *bias, float floor)
{
    for (size r = 0; r < rows; r++) {
        const float *from = x + r * stride;
        float *to = y + r * stride;
        for (size c = 0; c < lanes; c++) {
            const float v = (from[c] - offset[c]) * gain[c] + bias[c];
            /* In this order a NaN stays one, and the loss tells of it. */
            to[c] = v < floor ? floor : v;
        }
    }
}

/* y = (x - mean) / sqrt(variance + eps) * weight + bias, and max(y, floor). */
void norm_forward(const float *x, float *y, const float *weight, const float *bias, float *mean,
                  float *inverse, size rows, size channels, float eps, float floor)
{
    for (size first = 0; first < channels; first += BLOCK) {
        const block b = block_of(rows, channels, first);
        const size width = b.width, done = b.rows * b.stride;
        double totals[WIDE];
        float gain[WIDE], offset[WIDE], added[WIDE];
        channel_sums(x + first, &b, 0, 0, totals);
        for (size c = 0; c < width; c++) {
            offset[c] = mean[first + c] = (float)(totals[c] / (double)rows);
            added[c] = bias[first + c];
        }
        repeat(offset, width, b.lanes);
        repeat(added, width, b.lanes);
        channel_sums(x + first, &b, offset, 1, totals);
        for (size c = 0; c < width; c++) {
            const float variance = (float)(totals[c] / (double)rows);
            inverse[first + c] = 1 / __builtin_sqrtf(variance + eps);
            gain[c] = weight[first + c] * inverse[first + c];
        }
        repeat(gain, width, b.lanes);
        scale(x + first, y + first, b.rows, b.stride, b.lanes, offset, gain, added, floor);
        scale(x + first + done, y + first + done, b.rest, b.width, b.width, offset, gain, added,
              floor);
    }
}

/* Adds the sums over rows of the gradient that flows, and of its product with x - offset. */
static void add_products(const float *gradient, const float *x, const float *y, size rows,
                         size stride, size lanes, const float *offset, float floor, double *total,
                         double *product)
{
    for (size start = 0; start < rows; start += RUN) {
        float sums[WIDE] = {0}, products[WIDE] = {0};
        const size end = least(rows, start + RUN);
        for (size r = start; r < end; r++) {
            const float *given = gradient + r * stride, *from = x + r * stride;
            const float *made = y + r * stride;
            for (size c = 0; c < lanes; c++) {
                const float g = made[c] <= floor ? 0 : given[c];
                sums[c] += g;
                products[c] += g * (from[c] - offset[c]);
            }
        }
        for (size c = 0; c < lanes; c++) {
            total[c] += (double)sums[c];
            product[c] += (double)products[c];
        }
    }
}

static void flow(const float *gradient, const float *x, const float *y, float *back, size rows,
                 size stride, size lanes, const float *offset, const float *gain,
                 const float *shift, const float *slope, float floor)
{
    for (size r = 0; r < rows; r++) {
        const float *given = gradient + r * stride, *from = x + r * stride;
        const float *made = y + r * stride;
        float *to = back + r * stride;
        for (size c = 0; c < lanes; c++) {
            const float g = made[c] <= floor ? 0 : given[c];
            to[c] = g * gain[c] - shift[c] - (from[c] - offset[c]) * slope[c];
        }
    }
}

/* Gradients by x, and added to those by weight and bias; where y <= floor nothing flows. */
void norm_backward(const float *gradient, const float *x, const float *y, const float *weight,
                   const float *mean, const float *inverse, float *back, float *by_weight,
                   float *by_bias, size rows, size channels, float floor)
{
    for (size first = 0; first < channels; first += BLOCK) {
        const block b = block_of(rows, channels, first);
        const size width = b.width, rest = first + b.rows * b.stride;
        double total[WIDE] = {0}, product[WIDE] = {0};
        float gain[WIDE], shift[WIDE], slope[WIDE], offset[WIDE];
        for (size c = 0; c < width; c++) offset[c] = mean[first + c];
        repeat(offset, width, b.lanes);
        add_products(gradient + first, x + first, y + first, b.rows, b.stride, b.lanes, offset,
                     floor, total, product);
        add_products(gradient + rest, x + rest, y + rest, b.rest, b.width, b.width, offset, floor,
                     total, product);
        fold(total, width, b.lanes);
        fold(product, width, b.lanes);
        for (size c = 0; c < width; c++) {
            const float one = inverse[first + c], wide = (float)product[c] * one;
            by_weight[first + c] += wide;
            by_bias[first + c] += (float)total[c];
            gain[c] = weight[first + c] * one;
            shift[c] = gain[c] * (float)(total[c] / (double)rows);
            slope[c] = gain[c] * one * (wide / (float)rows);
        }
        repeat(gain, width, b.lanes);
        repeat(shift, width, b.lanes);
        repeat(slope, width, b.lanes);
        flow(gradient + first, x + first, y + first, back + first, b.rows, b.stride, b.lanes,
             offset, gain, shift, slope, floor);
        flow(gradient + rest, x + rest, y + rest, back + rest, b.rest, b.width, b.width, offset,
             gain, shift, slope, floor);
    }
}

/* A piece of a row of pixels, and the part of it for which one tap reads within the row. */
typedef struct {
    size start, end, shift, low, high;
} piece;

static piece clipped(size start, size end, size width, size shift)
{
    const size low = shift < 0 ? -shift : 0, high = shift > 0 ? width - shift : width;
    const piece p = {start, end, shift, low > start ? low : start, least(high, end)};
    return p;
}

/* Depthwise convolution of stride 1 that keeps the size. `wide` holds the filters, for each tap
   repeated along `span` pixels: so that one loop runs over pixels and channels alike. */
void depthwise_forward(const float *x, const float *wide, float *y, size span, const geometry *g)
{
    const size channels = g->channels, stride = span * channels;
    for (size n = 0; n < g->cases; n++)
        for (size i = 0; i < g->height; i++)
            for (size start = 0; start < g->width; start += span) {
                const size end = least(start + span, g->width);
                float *row = y + (n * g->height + i) * g->width * channels;
                for (size k = start * channels; k < end * channels; k++) row[k] = 0;
                for (size a = 0; a < g->kernel_height; a++) {
                    const size line = i + a - g->kernel_height / 2;
                    if (line < 0 || line >= g->height) continue;
                    for (size b = 0; b < g->kernel_width; b++) {
                        const piece p = clipped(start, end, g->width, b - g->kernel_width / 2);
                        const float *from =
                            x + ((n * g->height + line) * g->width + p.low + p.shift) * channels;
                        const float *filter = wide + (a * g->kernel_width + b) * stride;
                        float *to = row + p.low * channels;
                        const size count = (p.high - p.low) * channels;
                        for (size k = 0; k < count; k++) to[k] += from[k] * filter[k];
                    }
                }
            }
}

/* Gradients added to those by x (`back`) and by the repeated filters (`by_wide`). */
void depthwise_backward(const float *restrict gradient, const float *restrict x,
                        const float *restrict wide, float *restrict back, float *restrict by_wide,
                        size span, const geometry *g)
{
    const size channels = g->channels, stride = span * channels;
    for (size n = 0; n < g->cases; n++)
        for (size i = 0; i < g->height; i++)
            for (size start = 0; start < g->width; start += span) {
                const size end = least(start + span, g->width);
                const float *row = gradient + (n * g->height + i) * g->width * channels;
                for (size a = 0; a < g->kernel_height; a++) {
                    const size line = i + a - g->kernel_height / 2;
                    if (line < 0 || line >= g->height) continue;
                    for (size b = 0; b < g->kernel_width; b++) {
                        const piece p = clipped(start, end, g->width, b - g->kernel_width / 2);
                        const size at = ((n * g->height + line) * g->width + p.low + p.shift) *
                                        channels;
                        const size tap = (a * g->kernel_width + b) * stride;
                        const float *given = row + p.low * channels;
                        const size count = (p.high - p.low) * channels;
                        for (size k = 0; k < count; k++) {
                            back[at + k] += given[k] * wide[tap + k];
                            by_wide[tap + k] += given[k] * x[at + k];
                        }
                    }
                }
            }
}
