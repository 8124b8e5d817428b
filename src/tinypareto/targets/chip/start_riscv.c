/* What runs before main on a RISC-V core. */
#include "start.h"

__attribute__((naked, section(".vectors"))) void Reset_Handler(void)
{
    __asm__ volatile("la sp, stack_top\n\tj start");
}

#include "memory_functions.h"
