// The time between two steps of your recordings, in milliseconds: set it to theirs.
const unsigned long STEP_MS = 10;

// The next value of a channel, in the unit of your recordings: here analog pin A0 and those after
// it, as analogRead gives them. Put your sensor here.
static float read_value(int channel)
{
    static unsigned long next = 0;
    if (channel == 0) {
        while ((long)(millis() - next) < 0) {
        }
        next = millis() + STEP_MS;
    }
    return (float)analogRead(A0 + channel);
}
