#include <errno.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/adc.h>
#include <zephyr/kernel.h>

#include "model.h"

/* The time between two steps of your recordings, in milliseconds: set it to theirs. */
#define STEP_MS 10

/* The devicetree's zephyr,user node names one ADC channel for each channel of the network. Put your
   sensor into prepare and read_value. */
#define CHANNEL(node, property, at) ADC_DT_SPEC_GET_BY_IDX(node, at),
static const struct adc_dt_spec channels[] = {
    DT_FOREACH_PROP_ELEM(DT_PATH(zephyr_user), io_channels, CHANNEL)};
BUILD_ASSERT(ARRAY_SIZE(channels) == MODEL_INPUT_CHANNELS, "one io-channel for each channel");

static int prepare(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(channels); i++) {
        if (!device_is_ready(channels[i].dev)) {
            return -ENODEV;
        }
        const int problem = adc_channel_setup_dt(&channels[i]);
        if (problem) {
            return problem;
        }
    }
    return 0;
}

/* The next value of a channel, in the unit of your recordings: here as the ADC gives it. */
static int read_value(int channel, float *value)
{
    if (channel == 0) {
        k_msleep(STEP_MS);
    }
    int16_t steps = 0;
    struct adc_sequence sequence = {.buffer = &steps, .buffer_size = sizeof steps};
    int problem = adc_sequence_init_dt(&channels[channel], &sequence);
    if (!problem) {
        problem = adc_read(channels[channel].dev, &sequence);
    }
    *value = steps;
    return problem;
}
