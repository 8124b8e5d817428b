"""All filters on one row."""

from tinypareto.graph.ops.dsp.naked import naked

_ROW_CHUNK = """
    ldr r6, [r0], #4
    ldr r7, [r1], #4
    ldr r8, [r2], #4
    sxtb16 r9, r6
    sxtb16 r6, r6, ror #8
    sxtb16 r10, r7
    sxtb16 r7, r7, ror #8
    sxtb16 r11, r8
    sxtb16 r8, r8, ror #8
    smlad r4, r9, r10, r4
    smlad r5, r9, r11, r5
    smlad r4, r6, r7, r4
    smlad r5, r6, r8, r5
"""

# Frame: multiplier 0, shift 4, output 8, 2 * zero point + 1 12, input 16, weight 20, bias 24,
# taps 28, filters left 32.
_ROW = f"""
    push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}
    sub sp, sp, #36
    ldm r0, {{r4, r5, r6, r7, r8, r9, r10}}
    lsl r10, r10, #1
    add r10, r10, #1
    strd r6, r7, [sp]
    strd r2, r10, [sp, #8]
    strd r1, r4, [sp, #16]
    strd r5, r8, [sp, #24]
    str r9, [sp, #32]
    1:
    add r0, sp, #16
    ldm r0, {{r0, r1, r2, r3}}
    ldrd r4, r5, [r2], #8
    str r2, [sp, #24]
    add r2, r1, r3
    add r6, r2, r3
    str r6, [sp, #20]
    add lr, r0, r3
    ands r12, r3, #3
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
    lsls r3, r3, #29
    bmi 5f
    b 6f
    4:
    {_ROW_CHUNK}
    5:
    {_ROW_CHUNK}
    6:
    cmp r0, lr
    bne 4b
    ldm sp, {{r0, r1, r2, r3}}
    ldrd r8, r9, [r0], #8
    ldrsb r10, [r1], #1
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
    beq 7f
    cmp r12, #1
    bne 8f
    mov r12, #2
    sub r0, r0, #4
    sub r1, r1, #1
    sub r2, r2, #1
    ldr r4, [sp, #20]
    ldrd r5, r6, [sp, #24]
    sub r4, r4, r6
    sub r5, r5, #4
    strd r4, r5, [sp, #20]
    8:
    stm sp, {{r0, r1, r2}}
    str r12, [sp, #32]
    b 1b
    7:
    add sp, sp, #36
    pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}
"""

ROW = "/* All filters on one row of int8 taps, two at a time; filters >= 2. */\n" + naked(
    "tp_row",
    ("const tp_filters *filters", "const int8_t *from", "int8_t *to"),
    _ROW,
)
"""`tp_row`."""
