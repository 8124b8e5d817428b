/* Initializes the variables and calls main; included once, by the start-up code of a backend. */
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
