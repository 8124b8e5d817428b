/* The measured program: an emulator writes the input before main and reads the output at `done`. */
#include "model.h"

/* A program that was not generated does not say what it needs. */
#ifndef MODEL_SCRATCH_BYTES
#define MODEL_SCRATCH_BYTES 7168
#endif
/* Of functions, beside their buffers; gcc's for a Cortex-M55 take up to 1300 bytes. */
#define FRAMES 2048

int8_t arena[MODEL_ARENA_BYTES];
int8_t stack[MODEL_SCRATCH_BYTES + FRAMES] __attribute__((section(".bss.stack"), aligned(8), used));

int main(void)
{
    model_run(arena);
    MODEL_MARK("done");
    return 0;
}
