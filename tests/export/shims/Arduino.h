// As much of the Arduino framework as the exported sketches use, on standard input and output.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A0 = 14 };

static inline unsigned long millis()
{
    static unsigned long now = 0;
    return now++;
}

static inline int analogRead(int)
{
    int value;
    if (scanf("%d", &value) != 1) {
        exit(0);
    }
    return value;
}

static struct {
    void begin(long) {}
    void print(int value) { printf("%d", value); }
    void print(char value) { printf("%c", value); }
    void println(const char *text) { printf("%s\n", text); }
    size_t readBytes(char *to, size_t count)
    {
        const size_t got = fread(to, 1, count, stdin);
        if (got == 0) {
            exit(0);
        }
        return got;
    }
} Serial;

void setup();
void loop();

int main()
{
    setup();
    for (;;) {
        loop();
    }
}
