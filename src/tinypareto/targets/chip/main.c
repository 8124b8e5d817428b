/* The measured program: an emulator writes the input before main and reads the output at `done`. */
#include "model.h"

int8_t arena[MODEL_ARENA_BYTES];

int main(void)
{
    model_run(arena);
    MODEL_MARK("done");
    return 0;
}
