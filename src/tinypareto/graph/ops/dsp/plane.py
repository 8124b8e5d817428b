"""One channel of a depthwise convolution, its rows as int16."""

from tinypareto.graph.ops.dsp.naked import naked


def _plane(stride: int) -> str:
    """All outputs of a 3 x 3 window on a band of one channel; the fields of `tp_plane`."""
    rows = "".join(
        f"""
        ldr r12, [r{row}], #{2 * stride}
        ldrsh lr, [r{row}, #{4 - 2 * stride}]
        smlad r11, r12, r{6 + row}, r11
        smla{ends} r11, lr, r{9 + row // 2}, r11
        """
        for row, ends in enumerate(("bb", "bt", "bb"))
    )
    return f"""
    push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}
    sub sp, sp, #28
    add r12, r0, #44
    ldm r12, {{r1, r2, r3, r4, r5, r6, r7}}
    stm sp, {{r1, r2, r3, r4, r5, r6, r7}}
    ldm r0, {{r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10}}
    1:
    ldr r11, [sp]
    {rows}
    ldrd r12, lr, [sp, #4]
    smmla r11, r11, r12, lr
    ldr r12, [sp, #12]
    asr r11, r11, r12
    ssat r11, #8, r11
    strb r11, [r3]
    add r3, r3, r4
    subs r5, r5, #1
    bne 1b
    ldrd r5, r12, [sp, #16]
    add r0, r0, r12
    add r1, r1, r12
    add r2, r2, r12
    ldr r12, [sp, #24]
    subs r12, r12, #1
    str r12, [sp, #24]
    bne 1b
    add sp, sp, #28
    pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}
"""


_WIDE = """
    push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
    ldm r2, {r3, r4, r5, r6, r7}
    add r12, r4, r4, lsl #1
    1:
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
    adds r2, r2, #4
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
"""

WIDE = naked(
    "tp_wide",
    ("const int8_t *from", "int16_t *to", "const tp_region *region"),
    _WIDE,
)
"""`tp_wide` of `planes`."""

PLANE = "\n".join(
    naked(f"tp_plane_{stride}", ("const tp_plane *plane",), _plane(stride)) for stride in (1, 2)
)
"""`tp_plane_1` and `tp_plane_2`, by stride."""
