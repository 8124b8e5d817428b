"""The registry of export formats: one format, one file, one line here."""

from tinypareto.export import arduino, c, cmsis_pack, onnx, platformio, python, tflite, zephyr
from tinypareto.export.package import Format
from tinypareto.registry import lookup

FORMATS: dict[str, Format] = {
    "c": c.FORMAT,
    "arduino": arduino.FORMAT,
    "platformio": platformio.FORMAT,
    "zephyr": zephyr.FORMAT,
    "cmsis-pack": cmsis_pack.FORMAT,
    "onnx": onnx.FORMAT,
    "tflite": tflite.FORMAT,
    "python": python.FORMAT,
}


def find_format(name: str) -> Format:
    """Look up an export format.

    Raises:
        ConfigError: There is no format of that name.
    """
    return lookup("format", name, FORMATS)
