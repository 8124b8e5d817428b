// Products of all filters with one row of int8 values, for the fully connected layer; see row.h.
//
// The arithmetic is that of block.S: SXTB16 widens two of four bytes, SMLAD adds two products. There
// is one input only, so it is widened again for each pair of filters instead of once beforehand.

    .syntax unified
    .thumb
    .text

// Four taps of the input (at r0) times two filters (at r1 and r2), added to r4 and r5.
    .macro chunk
    ldr r6, [r0], #4
    ldr r7, [r1], #4
    ldr r8, [r2], #4
    sxtb16 r9, r6              // taps 0 and 2
    sxtb16 r6, r6, ror #8      // taps 1 and 3
    sxtb16 r10, r7
    sxtb16 r7, r7, ror #8
    sxtb16 r11, r8
    sxtb16 r8, r8, ror #8
    smlad r4, r9, r10, r4
    smlad r5, r9, r11, r5
    smlad r4, r6, r7, r4
    smlad r5, r6, r8, r5
    .endm

// void tp_row(const tp_filters *filters, const int8_t *from, int8_t *to)
//
// The stack frame, by offset:
//      0 multiplier    4 shift         8 output       12 2 * zero_point + 1
//     16 input        20 weight       24 bias         28 taps         32 filters left
    .thumb_func
    .global tp_row
tp_row:
    push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
    sub sp, sp, #36
    ldm r0, {r4, r5, r6, r7, r8, r9, r10}    // the fields of tp_filters in their order
    lsl r10, r10, #1
    add r10, r10, #1
    strd r6, r7, [sp]
    strd r2, r10, [sp, #8]
    strd r1, r4, [sp, #16]
    strd r5, r8, [sp, #24]
    str r9, [sp, #32]
    1:                       // for each pair of filters
    add r0, sp, #16
    ldm r0, {r0, r1, r2, r3} // input, weight, bias, taps
    ldrd r4, r5, [r2], #8    // both biases start the sums
    str r2, [sp, #24]
    add r2, r1, r3           // weights of the second filter
    add r6, r2, r3           // weights of the next pair
    str r6, [sp, #20]
    add lr, r0, r3           // end of the input
    ands r12, r3, #3         // taps beyond a multiple of four come first, one by one
    beq 3f
    2:
    ldrsb r6, [r0], #1
    ldrsb r7, [r1], #1
    ldrsb r8, [r2], #1
    smlabb r4, r6, r7, r4
    smlabb r5, r6, r8, r5
    subs r12, r12, #1
    bne 2b
    3:
    lsls r3, r3, #29         // N = bit 2 of taps: is the number of whole chunks odd?
    bmi 5f                   // then enter the loop, which is unrolled twice, in its middle
    b 6f                     // there may be no chunk at all
    4:

    chunk

    5:

    chunk

    6:
    cmp r0, lr
    bne 4b
    // Requantize as tp_requantize does; see block.S. Here a shift below 33 is handled by conditional
    // instructions instead of a branch: limit the sum, and shift it up by 33 - shift.
    ldm sp, {r0, r1, r2, r3}
    ldrd r8, r9, [r0], #8    // multipliers of both filters
    ldrsb r10, [r1], #1      // shifts of both filters
    ldrsb r11, [r1], #1
    subs r10, r10, #33
    itttt mi
    ssatmi r4, #14, r4
    rsbmi r10, r10, #0
    lslmi r4, r4, r10
    movmi r10, #0
    lsl lr, r3, r10
    add r10, r10, #1
    smmla r4, r4, r8, lr
    asr r4, r4, r10
    ssat r4, #8, r4
    subs r11, r11, #33
    itttt mi
    ssatmi r5, #14, r5
    rsbmi r11, r11, #0
    lslmi r5, r5, r11
    movmi r11, #0
    lsl lr, r3, r11
    add r11, r11, #1
    smmla r5, r5, r9, lr
    asr r5, r5, r11
    ssat r5, #8, r5
    strb r4, [r2], #1
    strb r5, [r2], #1
    ldr r12, [sp, #32]
    subs r12, r12, #2
    beq 7f                   // no filter is left
    cmp r12, #1
    bne 8f
    mov r12, #2              // one is left: go back by one filter, which is computed once more, so
    sub r0, r0, #4           // that there is a pair
    sub r1, r1, #1
    sub r2, r2, #1
    ldr r4, [sp, #20]
    ldrd r5, r6, [sp, #24]
    sub r4, r4, r6
    sub r5, r5, #4
    strd r4, r5, [sp, #20]
    8:
    stm sp, {r0, r1, r2}
    str r12, [sp, #32]
    b 1b
    7:
    add sp, sp, #36
    pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}
