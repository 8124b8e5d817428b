/* Labels without an instruction, where the emulator takes its readings. */
#define MODEL_MARK(name) __asm__ volatile(".global " name "\n" name ":" ::: "memory")
#define MODEL_LAYER(n) MODEL_MARK("layer_" #n)
