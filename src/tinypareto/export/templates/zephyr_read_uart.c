#include <errno.h>
#include <string.h>
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>

/* Images come as floats of four bytes, lowest first, over the console's UART: pixel after pixel, all
   channels of one together. Put your camera into prepare and read_value. */
static const struct device *const uart = DEVICE_DT_GET(DT_CHOSEN(zephyr_console));

static int prepare(void)
{
    return device_is_ready(uart) ? 0 : -ENODEV;
}

static int read_value(int channel, float *value)
{
    unsigned char bytes[sizeof *value];
    (void)channel;
    for (size_t got = 0; got < sizeof bytes;) {
        const int problem = uart_poll_in(uart, &bytes[got]);
        if (problem == 0) {
            got++;
        } else if (problem == -1) {
            k_msleep(1);
        } else {
            return problem;
        }
    }
    memcpy(value, bytes, sizeof *value);
    return 0;
}
