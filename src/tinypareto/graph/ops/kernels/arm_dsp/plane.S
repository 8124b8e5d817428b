// A 3 x 3 window on one channel of a depthwise convolution; see plane.h.
//
// A depthwise filter has nine weights only, which five registers hold as pairs of 16 bits. They stay
// there for a whole band of outputs, so each output costs the loads of its nine samples and six
// multiplications: for each row of the window SMLAD takes two neighbouring samples, which one word
// load brings from any even address, and SMLAxy the third one.

    .syntax unified
    .thumb
    .text

// One row of the window: `pointer` to its samples, which moves by `advance` bytes to the next output
// while `third` bytes from there lies the sample of the third tap; `pair` holds the weights of the
// first two taps, and the half of `last` that `halves` selects (bb: lower, bt: upper) the third one.
    .macro row pointer, pair, halves, last, advance, third
    ldr r12, [\pointer], #\advance
    ldrsh lr, [\pointer, #\third]
    smlad r11, r12, \pair, r11
    smla\halves r11, lr, \last, r11
    .endm

// All outputs of a band, for windows that move right by `advance` bytes of samples.
//
// r0, r1, r2 rows of samples      r3 output           r4 bytes between outputs
// r5 columns left                 r6 to r10 weights   r11 sum
// The stack frame, by offset, are the last fields of tp_plane:
//      0 bias          4 multiplier    8 offset       12 shift        16 columns
//     20 skip         24 lines left
    .macro plane advance, third
    push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
    sub sp, sp, #28
    add r12, r0, #44                         // &plane->bias
    ldm r12, {r1, r2, r3, r4, r5, r6, r7}
    stm sp, {r1, r2, r3, r4, r5, r6, r7}
    ldm r0, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10}
    1:                                       // for each output
    ldr r11, [sp]

    row r0, r6, bb, r9, \advance, \third

    row r1, r7, bt, r9, \advance, \third

    row r2, r8, bb, r10, \advance, \third

    ldrd r12, lr, [sp, #4]                   // requantize: see tp_requantize and block.S
    smmla r11, r11, r12, lr
    ldr r12, [sp, #12]
    asr r11, r11, r12
    ssat r11, #8, r11
    strb r11, [r3]
    add r3, r3, r4
    subs r5, r5, #1
    bne 1b
    ldrd r5, r12, [sp, #16]                  // the next line of outputs
    add r0, r0, r12
    add r1, r1, r12
    add r2, r2, r12
    ldr r12, [sp, #24]
    subs r12, r12, #1
    str r12, [sp, #24]
    bne 1b
    add sp, sp, #28
    pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}
    .endm

// void tp_plane_1(const tp_plane *plane)
//
// Stride 1 to the right: a sample, 2 bytes. The third tap is 4 bytes after the first.
    .thumb_func
    .global tp_plane_1
tp_plane_1:
    plane 2, 2

// void tp_plane_2(const tp_plane *plane)
//
// Stride 2.
    .thumb_func
    .global tp_plane_2
tp_plane_2:
    plane 4, 0

// void tp_wide(const int8_t *from, int16_t *to, const tp_region *region)
//
// Values of one channel lie `step` bytes apart; four of them become two words at a time.
// r3 columns, r4 step, r5 rows, r6 skip, r7 wide_skip, r12 3 * step; r2 columns left.
    .thumb_func
    .global tp_wide
tp_wide:
    push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
    ldm r2, {r3, r4, r5, r6, r7}
    add r12, r4, r4, lsl #1
    1:                       // for each row
    subs r2, r3, #4
    blt 3f
    2:
    ldrsb r8, [r0]
    ldrsb r9, [r0, r4]
    ldrsb r10, [r0, r4, lsl #1]
    ldrsb r11, [r0, r12]
    add r0, r0, r4, lsl #2
    pkhbt r8, r8, r9, lsl #16
    pkhbt r10, r10, r11, lsl #16
    str r8, [r1], #4
    str r10, [r1], #4
    subs r2, r2, #4
    bge 2b
    3:
    adds r2, r2, #4          // up to three are left
    beq 5f
    4:
    ldrsb r8, [r0]
    add r0, r0, r4
    strh r8, [r1], #2
    subs r2, r2, #1
    bne 4b
    5:
    add r0, r0, r6
    add r1, r1, r7, lsl #1
    subs r5, r5, #1
    bne 1b
    pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}
