/* The memory functions that a compiler may call; each start-up code includes them once. */
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
