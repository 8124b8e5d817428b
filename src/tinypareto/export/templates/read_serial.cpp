// The next value of an image: here a float of four bytes, lowest first, from the serial port, pixel
// after pixel, all channels of one together. Put your camera here.
static float read_value(int)
{
    float value;
    char bytes[sizeof value];
    for (size_t got = 0; got < sizeof bytes;) {
        got += Serial.readBytes(bytes + got, sizeof bytes - got);
    }
    memcpy(&value, bytes, sizeof value);
    return value;
}
