"""All filters on two pixels.

`tp_block` keeps two pixels times two filters in registers, and widens the pixels to 16 bits once
for all filters. A chunk is four taps: SXTB16 of a word takes taps 0 and 2, of the word rotated by
8 bits taps 1 and 3, so that pixels and weights stay in their order and still meet in SMLAD. Where
the taps are no multiple of four, the first chunk is filled up with pixels of 0 and overlaps the
second one in the weights; nothing is read beyond an array.
"""

from tinypareto.graph.ops.dsp.naked import naked

_CHUNK = """
    ldr r3, [r1], #4
    ldm r0!, {r8, r9, r10, r11}
    sxtb16 r12, r3
    smlad r4, r8, r12, r4
    smlad r5, r10, r12, r5
    sxtb16 r12, r3, ror #8
    ldr r3, [r2], #4
    smlad r4, r9, r12, r4
    smlad r5, r11, r12, r5
    sxtb16 r12, r3
    smlad r6, r8, r12, r6
    smlad r7, r10, r12, r7
    sxtb16 r12, r3, ror #8
    smlad r6, r9, r12, r6
    smlad r7, r11, r12, r7
"""

# Frame: multiplier 0, shift 4, outputs 8 and 12, 2 * zero point + 1 16, columns 20, weight 24,
# bias 28, taps 32, filters left 36, end of the columns 40.
_BLOCK = f"""
    push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}
    sub sp, sp, #44
    ldm r0, {{r4, r5, r6, r7, r8, r9, r10}}
    lsl r10, r10, #1
    add r10, r10, #1
    strd r6, r7, [sp]
    strd r2, r3, [sp, #8]
    strd r10, r1, [sp, #16]
    strd r4, r5, [sp, #24]
    strd r8, r9, [sp, #32]
    add r2, r8, #3
    bic r2, r2, #3
    add r2, r1, r2, lsl #2
    str r2, [sp, #40]
    1:
    add r0, sp, #20
    ldm r0, {{r0, r1, r2, r3}}
    ldrd r4, r6, [r2], #8
    str r2, [sp, #28]
    add r2, r1, r3
    add r5, r2, r3
    str r5, [sp, #24]
    mov r5, r4
    mov r7, r6
    ldr lr, [sp, #40]
    ands r12, r3, #3
    beq 2f
    {_CHUNK}
    ldr r3, [sp, #32]
    and r12, r3, #3
    sub r12, r12, #4
    add r1, r1, r12
    add r2, r2, r12
    2:
    lsls r3, r3, #29
    bmi 4f
    3:
    {_CHUNK}
    4:
    {_CHUNK}
    cmp r0, lr
    bne 3b
    ldm sp, {{r0, r1, r2, r3, r12}}
    ldrd r8, r9, [r0], #8
    ldrsb r10, [r1], #1
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
    stm sp, {{r0, r1, r2, r3}}
    ldr r12, [sp, #36]
    subs r12, r12, #2
    str r12, [sp, #36]
    cmp r12, #1
    bhi 1b
    bne 7f
    sub r0, r0, #4
    sub r1, r1, #1
    sub r2, r2, #1
    sub r3, r3, #1
    stm sp, {{r0, r1, r2, r3}}
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
    pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}
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
"""

_WIDEN = """
    push {r4, lr}
    ands r3, r2, #3
    beq 1f
    lsl r12, r3, #3
    mov r4, #-1
    lsl r4, r4, r12
    ldr lr, [r0]
    bic lr, lr, r4
    add r0, r0, r3
    sxtb16 r12, lr
    sxtb16 lr, lr, ror #8
    strd r12, lr, [r1], #16
    1:
    lsrs r2, r2, #2
    2:
    ldr r3, [r0], #4
    subs r2, r2, #1
    sxtb16 r12, r3
    sxtb16 r3, r3, ror #8
    strd r12, r3, [r1], #16
    bne 2b
    pop {r4, pc}
"""

BLOCK = (
    "/* All filters on two pixels, widened by tp_widen; taps >= 4 and filters >= 2. */\n"
    + naked(
        "tp_block",
        (
            "const tp_filters *filters",
            "const int32_t *columns",
            "int8_t *first",
            "int8_t *second",
        ),
        _BLOCK,
    )
    + "\n/* Every other pair of words: int8 taps as int16; zeros fill up the first four. */\n"
    + naked(
        "tp_widen",
        ("const int8_t *from", "int32_t *columns", "int32_t taps"),
        _WIDEN,
    )
)
"""`tp_block` and `tp_widen`."""
