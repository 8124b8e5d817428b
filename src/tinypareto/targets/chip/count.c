/* unicorn's block hook in C. Kept without a header of unicorn's: only this signature is needed. */
#include <stdint.h>

struct counts {
    uint64_t origin, halfwords;
    int64_t *changes; /* of how often a halfword runs, against the one before it */
    uint64_t next, jumps;
};

void count_block(void *engine, uint64_t address, uint32_t size, struct counts *counts)
{
    const uint64_t first = (address - counts->origin) / 2;
    (void)engine;
    if (first + size / 2 <= counts->halfwords) {
        counts->changes[first]++;
        counts->changes[first + size / 2]--;
    }
    counts->jumps += address != counts->next;
    counts->next = address + size;
}
