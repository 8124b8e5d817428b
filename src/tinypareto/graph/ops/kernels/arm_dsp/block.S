// Products of all filters with two pixels, for the convolution over all channels; see block.h.
//
// A compiler spends about two instructions on each multiply-accumulate of int8; tp_block spends a
// little more than one. SMLAD multiplies two pairs of 16-bit numbers and adds both products, but
// int8 values have to be widened first. SXTB16 widens two of the four bytes in a word: bytes 0 and
// 2, or, of the word rotated by 8 bits, bytes 1 and 3. Pixels and weights are widened in this same
// order, so each tap still meets its own weight and nothing has to be reordered in memory:
//
//     word                 t3   t2   t1   t0
//     SXTB16                 t2       t0
//     SXTB16, ROR #8         t3       t1
//
// Two pixels and two filters at a time give four sums in registers. Each weight is loaded and
// widened once for two pixels, each widened pixel is loaded once for two filters.

    .syntax unified
    .thumb
    .text

// Four taps of two pixels (widened, at r0) times two filters (at r1 and r2).
// r4: pixel 0, filter 0; r5: pixel 1, filter 0; r6: pixel 0, filter 1; r7: pixel 1, filter 1.
    .macro chunk
    ldr r3, [r1], #4
    ldm r0!, {r8, r9, r10, r11}    // taps 0 and 2, then 1 and 3: r8, r9 of pixel 0, r10, r11 of 1
    sxtb16 r12, r3                 // weights 0 and 2 of filter 0
    smlad r4, r8, r12, r4
    smlad r5, r10, r12, r5
    sxtb16 r12, r3, ror #8         // weights 1 and 3
    ldr r3, [r2], #4
    smlad r4, r9, r12, r4
    smlad r5, r11, r12, r5
    sxtb16 r12, r3                 // the same for filter 1
    smlad r6, r8, r12, r6
    smlad r7, r10, r12, r7
    sxtb16 r12, r3, ror #8
    smlad r6, r9, r12, r6
    smlad r7, r11, r12, r7
    .endm

// void tp_block(const tp_filters *filters, const int32_t *columns, int8_t *first, int8_t *second)
//
// The stack frame, by offset:
//      0 multiplier    4 shift         8 first        12 second       16 2 * zero_point + 1
//     20 columns      24 weight       28 bias         32 taps         36 filters left
//     40 end of the columns
    .thumb_func
    .global tp_block
tp_block:
    push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
    sub sp, sp, #44
    ldm r0, {r4, r5, r6, r7, r8, r9, r10}    // the fields of tp_filters in their order
    lsl r10, r10, #1
    add r10, r10, #1
    strd r6, r7, [sp]
    strd r2, r3, [sp, #8]
    strd r10, r1, [sp, #16]
    strd r4, r5, [sp, #24]
    strd r8, r9, [sp, #32]
    add r2, r8, #3           // a chunk of four taps is 16 bytes of columns: round the taps up to
    bic r2, r2, #3           // whole chunks, 4 bytes each
    add r2, r1, r2, lsl #2
    str r2, [sp, #40]
    1:                       // for each pair of filters
    add r0, sp, #20
    ldm r0, {r0, r1, r2, r3} // columns, weight, bias, taps
    ldrd r4, r6, [r2], #8    // both biases start the sums
    str r2, [sp, #28]
    add r2, r1, r3           // weights of the second filter
    add r5, r2, r3           // weights of the next pair
    str r5, [sp, #24]
    mov r5, r4
    mov r7, r6
    ldr lr, [sp, #40]
    ands r12, r3, #3         // taps beyond a multiple of four come first
    beq 2f
    // tp_widen filled their chunk up with pixels of 0, so the weights of the other taps, which this
    // chunk reads too, do not count. There are at least four taps: nothing is read beyond an array.

    chunk

    ldr r3, [sp, #32]
    and r12, r3, #3
    sub r12, r12, #4
    add r1, r1, r12          // back to the first weight that did not count
    add r2, r2, r12
    2:
    lsls r3, r3, #29         // N = bit 2 of taps: is the number of whole chunks odd?
    bmi 4f                   // then enter the loop, which is unrolled twice, in its middle
    3:

    chunk

    4:

    chunk

    cmp r0, lr
    bne 3b
    // Requantize as tp_requantize does: ASR(hi32(sum * multiplier) + offset, shift - 32), where
    // offset = (2 * zero_point + 1) << (shift - 33). SMMLA is product, upper word and addition.
    ldm sp, {r0, r1, r2, r3, r12}
    ldrd r8, r9, [r0], #8    // multipliers of both filters
    ldrsb r10, [r1], #1      // shifts of both filters
    ldrsb r11, [r1], #1
    subs r10, r10, #33
    bmi 8f
    5:
    lsl lr, r12, r10
    add r10, r10, #1
    smmla r4, r4, r8, lr
    smmla r5, r5, r8, lr
    asr r4, r4, r10
    asr r5, r5, r10
    ssat r4, #8, r4
    ssat r5, #8, r5
    subs r11, r11, #33
    bmi 9f
    6:
    lsl lr, r12, r11
    add r11, r11, #1
    smmla r6, r6, r9, lr
    smmla r7, r7, r9, lr
    asr r6, r6, r11
    asr r7, r7, r11
    ssat r6, #8, r6
    ssat r7, #8, r7
    strb r4, [r2], #1
    strb r6, [r2], #1
    strb r5, [r3], #1
    strb r7, [r3], #1
    stm sp, {r0, r1, r2, r3}
    ldr r12, [sp, #36]
    subs r12, r12, #2
    str r12, [sp, #36]
    cmp r12, #1
    bhi 1b                   // two filters or more are left
    bne 7f                   // none is left
    sub r0, r0, #4           // one is left: go back by one filter, which is computed once more, so
    sub r1, r1, #1           // that there is a pair
    sub r2, r2, #1
    sub r3, r3, #1
    stm sp, {r0, r1, r2, r3}
    mov r12, #2
    str r12, [sp, #36]
    ldrd r0, r1, [sp, #24]
    ldr r2, [sp, #32]
    sub r0, r0, r2
    sub r1, r1, #4
    strd r0, r1, [sp, #24]
    b 1b
    7:
    add sp, sp, #44
    pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}
    // Shifts below 33: the ratio is at least 1/4, so any sum that SSAT limits here saturates to int8
    // anyway. The sums then have room to be shifted up by 33 - shift, which leaves a shift of 33.
    8:
    ssat r4, #14, r4
    ssat r5, #14, r5
    rsb r10, r10, #0
    lsl r4, r4, r10
    lsl r5, r5, r10
    mov r10, #0
    b 5b
    9:
    ssat r6, #14, r6
    ssat r7, #14, r7
    rsb r11, r11, #0
    lsl r6, r6, r11
    lsl r7, r7, r11
    mov r11, #0
    b 6b

// void tp_widen(const int8_t *from, int32_t *columns, int32_t taps)
//
// A chunk of `columns` holds four taps of two pixels; this writes one pixel's half of each:
// 8 bytes in every 16.
    .thumb_func
    .global tp_widen
tp_widen:
    push {r4, lr}
    ands r3, r2, #3          // taps beyond a multiple of four
    beq 1f
    lsl r12, r3, #3
    mov r4, #-1
    lsl r4, r4, r12          // the bytes that do not belong to them
    ldr lr, [r0]
    bic lr, lr, r4
    add r0, r0, r3
    sxtb16 r12, lr
    sxtb16 lr, lr, ror #8
    strd r12, lr, [r1], #16
    1:
    lsrs r2, r2, #2          // whole chunks, at least one
    2:
    ldr r3, [r0], #4
    subs r2, r2, #1
    sxtb16 r12, r3
    sxtb16 r3, r3, ror #8
    strd r12, r3, [r1], #16
    bne 2b
    pop {r4, pc}
