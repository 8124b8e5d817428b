/* Reads windows of raw sensor values, calls the network and prints the @ANSWER@ of each. */
@READ@

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "model_io.h"

static MODEL_ALIGNED int8_t arena[MODEL_ARENA_BYTES];

static int read_window(int8_t *input)
{
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
        const int channel = i % MODEL_INPUT_CHANNELS;
        float value;
        const int problem = read_value(channel, &value);
        if (problem) {
            return problem;
        }
        input[i] = model_quantize(value, channel);
    }
    return 0;
}

int main(void)
{
    int problem = prepare();
    while (!problem && !(problem = read_window(MODEL_INPUT(arena)))) {
        model_run(arena);
@CLASSES@
        const int class_number = model_class(MODEL_OUTPUT(arena));
        printk("%d %s\n", class_number, model_class_name(class_number));
@QUANTITIES@
        const int8_t *output = MODEL_OUTPUT(arena);
        for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) {
            printk("%g %s\n", (double)model_value(output, i), model_value_name(i));
        }
@END@
    }
    printk("the sensor cannot be read: error %d\n", problem);
    return 0;
}
