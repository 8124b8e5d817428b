/* What runs before main, and the memory functions that a compiler may call. */
#include <stddef.h>
#include <stdint.h>

extern uint32_t data_load[], data_low[], data_high[], bss_low[], bss_high[], stack_top[];
int main(void);

__attribute__((noinline)) void start(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_low; to < data_high; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bss_low; to < bss_high; to++) {
        *to = 0;
    }
    main();
    for (;;) {
    }
}

#ifdef __riscv
__attribute__((naked, section(".vectors"))) void Reset_Handler(void)
{
    __asm__ volatile("la sp, stack_top\n\tj start");
}
#else
void Reset_Handler(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    /* Floating point and vectors are off after a reset: CPACR, CP10 and CP11. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    start();
}

static void stop(void)
{
    for (;;) {
    }
}

/* The stack, then the handlers of reset, NMI and all faults. */
__attribute__((section(".vectors"), used)) const void *const vectors[] = {
    stack_top,          (const void *)Reset_Handler, (const void *)stop, (const void *)stop,
    (const void *)stop, (const void *)stop,          (const void *)stop,
};
#endif

void *memcpy(void *to, const void *from, size_t count)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    while (count--) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if (out <= in) {
        return memcpy(to, from, count);
    }
    while (count--) {
        out[count] = in[count];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    uint8_t *out = to;
    while (count--) {
        *out++ = (uint8_t)value;
    }
    return to;
}

#ifdef __arm__
void __aeabi_memcpy(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy8(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset4(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset8(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr8(void *to, size_t count) { memset(to, 0, count); }
#endif
