import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.errors import ConfigError
from tinypareto.units import (
    Unit,
    format_bytes,
    format_flops,
    format_ms,
    parse_amount,
    parse_duration,
    parse_time,
)


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("64KB", "B", 64_000),
        ("64kb", "B", 64_000),
        ("64K", "B", 64_000),
        ("0.5MB", "B", 500_000),
        (".5 MB", "B", 500_000),
        ("16 KiB", "B", 16_384),
        ("2MiB", "B", 2_097_152),
        ("1GB", "B", 10**9),
        ("512B", "B", 512),
        (65536, "B", 65_536),
        (1e6, "B", 1_000_000),
        ("33.3333KB", "B", 33_333),
        ("5M", "FLOPs", 5_000_000),
        ("1e6", "FLOPs", 1_000_000),
        ("2 MFLOPs", "FLOPs", 2_000_000),
    ],
)
def test_reads_decimal_and_binary_units(text: str | int | float, unit: Unit, amount: int) -> None:
    assert parse_amount(text, unit, "--rom") == amount


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("64KBB", "B"),
        ("", "B"),
        ("KB", "B"),
        ("1,5 KB", "B"),
        ("nan", "B"),
        ("inf", "B"),
        ("0x10", "B"),
        ("٣KB", "B"),
        (True, "B"),
        ("5MB", "FLOPs"),
        ("5Mi", "FLOPs"),
    ],
)
def test_refuses_what_it_cannot_read(text: str | int, unit: Unit) -> None:
    with pytest.raises(ConfigError, match=r"--rom: cannot read '.*'; write a number"):
        parse_amount(text, unit, "--rom")


@pytest.mark.parametrize("text", ["0", "-5KB", "0.0001KB", 0, -1, "1e19", "1e999", 1e300])
def test_refuses_amounts_outside_the_range(text: str | int | float) -> None:
    with pytest.raises(ConfigError, match=r"--ram: got '.*'; wanted an amount from 1"):
        parse_amount(text, "B", "--ram")


@given(st.integers(1, 10**18))
def test_plain_integers_stay(count: int) -> None:
    assert parse_amount(count, "B", "--rom") == count
    assert parse_amount(str(count), "FLOPs", "--flops") == count


@given(st.integers(1, 10**15))
def test_what_is_shown_reads_back_to_within_its_digits(count: int) -> None:
    shown = parse_amount(format_bytes(count), "B", "x")
    assert shown == parse_amount(format_flops(count), "FLOPs", "x")
    assert abs(shown - count) <= (0.051 * count if count >= 1000 else 0)


def test_formats() -> None:
    assert format_bytes(52_340) == "52.3 KB"
    assert format_bytes(999) == "999 B"
    assert format_bytes(999_950) == "1.0 MB"
    assert format_flops(1_230_000) == "1.2 M"
    assert format_flops(12) == "12"


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("20ms", 20.0), ("0.5 s", 500.0), ("800us", 0.8), ("1e3MS", 1000.0), ("0.1ms", 0.1)],
)
def test_reads_times(text: str, milliseconds: float) -> None:
    assert parse_duration(text, "--latency") == milliseconds


@pytest.mark.parametrize("text", ["20", 20, "ms", "20 m", "-x", ""])
def test_a_time_needs_a_unit(text: str | int) -> None:
    with pytest.raises(ConfigError, match=r"--latency: cannot read .*; write a number with a unit"):
        parse_duration(text, "--latency")


@pytest.mark.parametrize("text", ["0ms", "-1ms", "0.1us", "1001s"])
def test_refuses_times_outside_the_range(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--latency: got .*; wanted from 1us to 1000s"):
        parse_duration(text, "--latency")


@given(st.floats(0.001, 1e6))
def test_every_time_is_read_back_exactly(milliseconds: float) -> None:
    assert parse_duration(f"{milliseconds!r}ms", "x") == milliseconds


def test_times_have_three_digits() -> None:
    shown = [format_ms(ms) for ms in (0.1234, 4.371, 43.21, 432.1)]
    assert shown == ["0.123 ms", "4.37 ms", "43.2 ms", "432 ms"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600.0), ("1.5 h", 5400.0), ("90S", 90.0), ("2min", 120.0)]
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_time(text, "--time") == seconds
    assert parse_time(f"{seconds!r}s", "--time") == seconds


@pytest.mark.parametrize("text", ["10", "", "10ms", "0s", "1e9h", "-5m", "nan m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--time: .*such as 10m"):
        parse_time(text, "--time")
