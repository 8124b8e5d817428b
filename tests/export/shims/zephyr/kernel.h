/* As much of Zephyr as the exported samples use, on standard input and output. */
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BUILD_ASSERT(condition, message) _Static_assert(condition, message)

struct device {
    int ready;
};
static const struct device the_device = {1};

static inline int device_is_ready(const struct device *device)
{
    return device->ready;
}

static inline void k_msleep(int milliseconds)
{
    (void)milliseconds;
}
