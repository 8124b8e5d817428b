#pragma once
#include <zephyr/kernel.h>

struct adc_dt_spec {
    const struct device *dev;
    int channel;
};
struct adc_sequence {
    void *buffer;
    size_t buffer_size;
};
#define ADC_DT_SPEC_GET_BY_IDX(node, at) {&the_device, at}

static inline int adc_channel_setup_dt(const struct adc_dt_spec *spec)
{
    return spec->dev == &the_device ? 0 : -EINVAL;
}

static inline int adc_sequence_init_dt(const struct adc_dt_spec *spec, struct adc_sequence *sequence)
{
    (void)sequence;
    return adc_channel_setup_dt(spec);
}

static inline int adc_read(const struct device *device, const struct adc_sequence *sequence)
{
    int value;
    if (!device->ready || sequence->buffer_size != sizeof(int16_t)) {
        return -EINVAL;
    }
    if (scanf("%d", &value) != 1) {
        exit(0);
    }
    *(int16_t *)sequence->buffer = (int16_t)value;
    return 0;
}
