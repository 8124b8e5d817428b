// Reads windows of raw sensor values, calls the network and prints the @ANSWER@ of each.
#include <Arduino.h>
#include <model_io.h>

static MODEL_ALIGNED int8_t arena[MODEL_ARENA_BYTES];

@READ@

void setup()
{
    Serial.begin(115200);
}

void loop()
{
    int8_t *input = MODEL_INPUT(arena);
    for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
        const int channel = i % MODEL_INPUT_CHANNELS;
        input[i] = model_quantize(read_value(channel), channel);
    }
    model_run(arena);
@CLASSES@
    const int class_number = model_class(MODEL_OUTPUT(arena));
    Serial.print(class_number);
    Serial.print(' ');
    Serial.println(model_class_name(class_number));
@QUANTITIES@
    const int8_t *output = MODEL_OUTPUT(arena);
    for (int i = 0; i < MODEL_OUTPUT_BYTES; i++) {
        Serial.print(model_value(output, i), 6);
        Serial.print(' ');
        Serial.println(model_value_name(i));
    }
@END@
}
