/* Reads windows of raw sensor values from the standard input, and prints the @ANSWER@ of each.

   Values are numbers as text, a time step or pixel after the other, all channels of one together:
   the rows of a CSV file with spaces for commas. */
#include <stdio.h>

#include "model_io.h"

static MODEL_ALIGNED int8_t arena[MODEL_ARENA_BYTES];

/* Put your sensor here: the next value of a channel. */
static int read_value(int channel, float *value)
{
    (void)channel;
    return scanf("%f", value) == 1;
}

static int read_window(int8_t *input)
{
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
        const int channel = i % MODEL_INPUT_CHANNELS;
        float value;
        if (!read_value(channel, &value)) {
            return 0;
        }
        input[i] = model_quantize(value, channel);
    }
    return 1;
}

int main(void)
{
    while (read_window(MODEL_INPUT(arena))) {
        model_run(arena);
@CLASSES@
        const int class_number = model_class(MODEL_OUTPUT(arena));
        printf("%d %s\n", class_number, model_class_name(class_number));
@QUANTITIES@
        const int8_t *output = MODEL_OUTPUT(arena);
        for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) {
            printf("%.7g %s\n", (double)model_value(output, i), model_value_name(i));
        }
@END@
    }
    return 0;
}
