/* Batch norm with ReLU and depthwise convolution, forward and backward, for small networks.

   Tensors are float32 with the channels last: rows of `channels` values, one row per pixel. Every
   loop that is to be vectorised runs over the channels of a block, each of which has sums of its
   own, so that no sum is reordered. Rows are summed in float by runs, runs in double. */

#include <stdint.h>

#define BLOCK 32
#define RUN 64

typedef int64_t size;

static size least(size a, size b) { return a < b ? a : b; }

/* Sums over all rows of x - shift, or of its squares. */
static void channel_sums(const float *x, size rows, size channels, size width,
                         const float *shift, int squared, double *totals)
{
    for (size c = 0; c < width; c++) totals[c] = 0;
    for (size start = 0; start < rows; start += RUN) {
        float sums[BLOCK] = {0};
        const size end = least(rows, start + RUN);
        for (size r = start; r < end; r++) {
            const float *row = x + r * channels;
            if (squared)
                for (size c = 0; c < width; c++) {
                    const float d = row[c] - shift[c];
                    sums[c] += d * d;
                }
            else
                for (size c = 0; c < width; c++) sums[c] += row[c];
        }
        for (size c = 0; c < width; c++) totals[c] += (double)sums[c];
    }
}

/* y = (x - mean) / sqrt(variance + eps) * weight + bias, and max(y, floor). */
void norm_forward(const float *x, float *y, const float *weight, const float *bias, float *mean,
                  float *inverse, size rows, size channels, float eps, float floor)
{
    for (size first = 0; first < channels; first += BLOCK) {
        const size width = least(BLOCK, channels - first);
        double totals[BLOCK];
        float gain[BLOCK], offset[BLOCK];
        channel_sums(x + first, rows, channels, width, 0, 0, totals);
        for (size c = 0; c < width; c++) mean[first + c] = (float)(totals[c] / (double)rows);
        channel_sums(x + first, rows, channels, width, mean + first, 1, totals);
        for (size c = 0; c < width; c++) {
            const float variance = (float)(totals[c] / (double)rows);
            inverse[first + c] = 1 / __builtin_sqrtf(variance + eps);
            gain[c] = weight[first + c] * inverse[first + c];
            offset[c] = mean[first + c];
        }
        for (size r = 0; r < rows; r++) {
            const float *from = x + r * channels + first;
            float *to = y + r * channels + first;
            for (size c = 0; c < width; c++) {
                const float v = (from[c] - offset[c]) * gain[c] + bias[first + c];
                /* In this order a NaN stays one, and the loss tells of it. */
                to[c] = v < floor ? floor : v;
            }
        }
    }
}

/* Gradients by x, and added to those by weight and bias; where y <= floor nothing flows. */
void norm_backward(const float *gradient, const float *x, const float *y, const float *weight,
                   const float *mean, const float *inverse, float *back, float *by_weight,
                   float *by_bias, size rows, size channels, float floor)
{
    for (size first = 0; first < channels; first += BLOCK) {
        const size width = least(BLOCK, channels - first);
        double total[BLOCK] = {0}, product[BLOCK] = {0};
        float scale[BLOCK], shift[BLOCK], slope[BLOCK], offset[BLOCK];
        for (size c = 0; c < width; c++) offset[c] = mean[first + c];
        for (size start = 0; start < rows; start += RUN) {
            float sums[BLOCK] = {0}, products[BLOCK] = {0};
            const size end = least(rows, start + RUN);
            for (size r = start; r < end; r++) {
                const size at = r * channels + first;
                for (size c = 0; c < width; c++) {
                    const float g = y[at + c] <= floor ? 0 : gradient[at + c];
                    sums[c] += g;
                    products[c] += g * (x[at + c] - offset[c]);
                }
            }
            for (size c = 0; c < width; c++) {
                total[c] += (double)sums[c];
                product[c] += (double)products[c];
            }
        }
        for (size c = 0; c < width; c++) {
            const float one = inverse[first + c], wide = (float)product[c] * one;
            by_weight[first + c] += wide;
            by_bias[first + c] += (float)total[c];
            scale[c] = weight[first + c] * one;
            shift[c] = scale[c] * (float)(total[c] / (double)rows);
            slope[c] = scale[c] * one * (wide / (float)rows);
        }
        for (size r = 0; r < rows; r++) {
            const size at = r * channels + first;
            for (size c = 0; c < width; c++) {
                const float g = y[at + c] <= floor ? 0 : gradient[at + c];
                back[at + c] = g * scale[c] - shift[c] - (x[at + c] - offset[c]) * slope[c];
            }
        }
    }
}

typedef struct {
    size cases, channels, height, width, kernel_height, kernel_width;
} geometry;

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
                        const float *restrict wide, float *restrict back,
                        float *restrict by_wide, size span, const geometry *g)
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
                        const size at =
                            ((n * g->height + line) * g->width + p.low + p.shift) * channels;
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
