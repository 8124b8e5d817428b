"""Sizes of memories as datasheets write them: 1 KB is 1024 bytes and 1 MB is 1024 KB."""

import re

KIB, MIB = 1024, 1024**2
_FACTORS = {"": 1, "K": KIB, "M": MIB}


def parse_memory(text: str) -> int | None:
    """Bytes of a size such as "256 KB", "1.5MB" or "512 KiB"; None if it cannot be read."""
    match = re.fullmatch(
        r"(\d{1,12}(?:\.\d+)?)\s*([KM]?)I?B?", text.strip(), re.IGNORECASE | re.ASCII
    )
    return match and int(float(match[1]) * _FACTORS[match[2].upper()])


def format_memory(count: int) -> str:
    """A size in the largest unit of which it is a multiple, such as `264 KB` for 270336 bytes."""
    for unit, factor in (("MB", MIB), ("KB", KIB)):
        if count % factor == 0:
            return f"{count // factor} {unit}"
    return f"{count} bytes"
