"""Reading and formatting of amounts with units, such as `64KB` (64000) and `20ms` (20.0).

KB, MB and GB are decimal (1 KB = 1000 bytes); KiB, MiB and GiB are binary (1 KiB = 1024 bytes).
Data sheets that write "KB" usually mean KiB. The decimal reading of a limit is the smaller one, so
the networks that a search finds fit either way.
"""

import re
from decimal import Decimal
from typing import Literal

from tinypareto.errors import ConfigError
from tinypareto.terminal import shown

Unit = Literal["B", "FLOPs"]

LARGEST = 10**18
_FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 2**10, "MI": 2**20, "GI": 2**30}
_MILLISECONDS = {"us": Decimal("0.001"), "ms": Decimal(1), "s": Decimal(1000)}
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?"
_SUFFIX = {"B": r"([KMG]I?)?B?", "FLOPs": r"([KMG])?(?:FLOPS?)?"}
_EXAMPLES = {"B": "64KB, 0.5MB or 65536", "FLOPs": "5M, 0.5G or 2000000"}


def parse_amount(value: str | int | float, unit: Unit, where: str) -> int:
    """Read a limit, rounded down to whole bytes or FLOPs.

    Args:
        value: A number with an optional unit, such as "64KB", "16 KiB", "5M", "1e6" or 65536.
        unit: "B" for bytes or "FLOPs".
        where: The flag or key, for the message.

    Returns:
        The amount, in 1 .. 10^18.

    Raises:
        ConfigError: The value cannot be read, is not positive, or is too large.
    """
    text = "" if isinstance(value, bool) else _text(value)
    match = re.fullmatch(rf"({_NUMBER})\s*{_SUFFIX[unit]}", text, re.IGNORECASE | re.ASCII)
    if match is None:
        raise ConfigError(
            f"{where}: cannot read {shown(_text(value))}; "
            f"write a number with an optional unit, such as {_EXAMPLES[unit]}"
        )
    amount = Decimal(match[1]) * _FACTORS[(match[2] or "").upper()]
    if not 1 <= amount <= LARGEST:
        raise ConfigError(
            f"{where}: got {shown(_text(value))}; wanted an amount from 1 to 1e18, "
            f"such as {_EXAMPLES[unit]}"
        )
    return int(amount)


def parse_duration(value: str | int | float, where: str) -> float:
    """Read a duration, which needs a unit: a bare number could be seconds or milliseconds.

    Args:
        value: A number with a unit, such as "20ms", "0.5 s" or "800us".
        where: The flag or key, for the message.

    Returns:
        Milliseconds, in 0.001 .. 10^6.

    Raises:
        ConfigError: The value cannot be read, or is too short or too long.
    """
    text = _text(value)
    match = re.fullmatch(rf"({_NUMBER})\s*(us|ms|s)", text, re.IGNORECASE | re.ASCII)
    if match is None:
        raise ConfigError(
            f"{where}: cannot read {shown(text)}; write a number with a unit, such as 20ms or 0.5s"
        )
    time = Decimal(match[1]) * _MILLISECONDS[match[2].lower()]
    if not Decimal("0.001") <= time <= 10**6:
        raise ConfigError(f"{where}: got {shown(text)}; wanted from 1us to 1000s, such as 20ms")
    return float(time)


def parse_time(value: str | int | float, where: str) -> float:
    """Read a length of time that a person waits, which needs a unit.

    Args:
        value: A number with a unit, such as "10m", "1.5 h" or "90s".
        where: The flag or key, for the message.

    Returns:
        Seconds, in 1 .. 10^7.

    Raises:
        ConfigError: The value cannot be read, or is too short or too long.
    """
    text = _text(value)
    match = re.fullmatch(rf"({_NUMBER})\s*(s|m|min|h)", text, re.IGNORECASE | re.ASCII)
    if match is None:
        raise ConfigError(
            f"{where}: cannot read {shown(text)}; write a number with a unit, such as 10m or 2h"
        )
    seconds = Decimal(match[1]) * _SECONDS[match[2].lower()]
    if not 1 <= seconds <= 10**7:
        raise ConfigError(f"{where}: got {shown(text)}; wanted from 1s to 2777h, such as 10m")
    return float(seconds)


def _text(value: object) -> str:
    try:
        return str(value).strip()
    except ValueError:
        # Python refuses to write whole numbers of more than 4300 digits.
        return shown(value)


def format_ms(milliseconds: float) -> str:
    """Format milliseconds with about three digits, such as `4.37 ms`."""
    digits = 3 if milliseconds < 1 else 2 if milliseconds < 10 else 1 if milliseconds < 100 else 0
    return f"{milliseconds:.{digits}f} ms"


def format_bytes(count: int) -> str:
    """Format bytes in decimal units with about three digits, such as `52.3 KB`."""
    return _scaled(count, "B")


def format_flops(count: int) -> str:
    """Format FLOPs with about three digits, such as `1.2 M`."""
    return _scaled(count, "").rstrip()


def _scaled(count: int, unit: str) -> str:
    for prefix in ("G", "M", "K"):
        # From 999,950 on, a number would round to "1000.0 K".
        if count >= 0.99995 * _FACTORS[prefix]:
            return f"{count / _FACTORS[prefix]:.1f} {prefix}{unit}"
    return f"{count} {unit}"
