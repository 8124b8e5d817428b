"""Boards of the user's own: a few lines of TOML.

    name = "my-board"
    core = "cortex-m4"
    flash = "512 KB"
    ram = "128 KB"
    clock = "84 MHz"

Sizes are binary, as in datasheets; whole numbers are bytes, or Hz for the clock. The first
addresses `flash_origin` and `ram_origin` and the document of the numbers, `source`, are optional.
Nothing in the file is executed.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.targets.boards import MHZ, Board
from tinypareto.targets.cores import CORES
from tinypareto.targets.memory_size import KIB, MIB, format_memory, parse_memory
from tinypareto.toml_file import read_toml

_END = 0xE0000000
"""Above are a Cortex-M's own registers, and addresses that emulators treat as special."""
_HERTZ = {"k": 1_000, "m": MHZ, "g": 1000 * MHZ}


def read_board(path: Path) -> Board:
    """Read a TOML file that describes a board.

    Raises:
        ConfigError: The file is missing, is not TOML, or does not describe a board.
    """
    table = read_toml(path, "a TOML file that describes a board")
    return board_from_table(table, str(path))


def board_from_table(table: Mapping[str, Any], label: str) -> Board:
    """A board from the keys of such a file.

    Args:
        table: Values by key.
        label: Name of the file or key that holds them, for messages.

    Raises:
        ConfigError: A key is missing, unknown, or has a value that cannot be used.
    """
    for name in table:
        if name not in _KEYS:
            raise ConfigError(f"{label}: {unknown('key', name, _KEYS)}")
    read: dict[str, Any] = {}
    for name, key in _KEYS.items():
        value = table.get(name, key.default)
        if value is None:
            raise ConfigError(f"{label}: misses {name}; add {key.wanted}")
        read[name] = key.read(value)
        if read[name] is None:
            raise ConfigError(f"{label}: {name}: got {value!r}; wanted {key.wanted}")
    board = Board(
        name=read["name"],
        core=read["core"],
        flash_bytes=read["flash"],
        ram_bytes=read["ram"],
        flash_origin=read["flash_origin"],
        ram_origin=read["ram_origin"],
        clock_hz=read["clock"],
        source=read["source"],
    )
    _check_regions(board, label)
    return board


def _check_regions(board: Board, label: str) -> None:
    """Refuse memory that overlaps or ends too high."""
    flash = board.flash_origin, board.flash_origin + board.flash_bytes
    ram = board.ram_origin, board.ram_origin + board.ram_bytes
    for key, (start, end) in (("flash", flash), ("ram", ram)):
        if end > _END:
            raise ConfigError(
                f"{label}: {key}: {format_memory(end - start)} from {start:#x} end above "
                f"{_END:#x}; correct {key} or {key}_origin"
            )
    if flash[0] < ram[1] and ram[0] < flash[1]:
        raise ConfigError(
            f"{label}: flash ({flash[0]:#x} to {flash[1]:#x}) and ram ({ram[0]:#x} to "
            f"{ram[1]:#x}) overlap; correct flash_origin or ram_origin"
        )


def _name(value: object) -> str | None:
    # The name goes into messages, a report and a README, and must be harmless in each.
    pattern = r"[A-Za-z0-9][\w.+-]{0,59}"
    return value if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) else None


def _core(value: object) -> str | None:
    return value if isinstance(value, str) and value in CORES else None


def _size(value: object) -> int | None:
    size = parse_memory(value) if isinstance(value, str) else _whole(value)
    return size if size is not None and KIB <= size <= 1024 * MIB else None


def _clock(value: object) -> int | None:
    hertz = _whole(value)
    pattern = r"(\d{1,12}(?:\.\d+)?)\s*([kmg])hz"
    if isinstance(value, str) and (match := re.fullmatch(pattern, value.strip().lower(), re.ASCII)):
        hertz = round(float(match[1]) * _HERTZ[match[2]])
    return hertz if hertz is not None and MHZ <= hertz <= 10_000 * MHZ else None


def _origin(value: object) -> int | None:
    address = _whole(value)
    return address if address is not None and address in range(0, _END, 8) else None


def _source(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and len(value) <= 200 else None


def _whole(value: object) -> int | None:
    # TOML's true and false are Python's, which are whole numbers too.
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class _Key(NamedTuple):
    """A key of the file.

    Attributes:
        read: Converts a value of the file; None if the value cannot be used.
        wanted: Description of an acceptable value, for messages.
        default: Value of a key that is not there; None if it must be.
    """

    read: Callable[[object], str | int | None]
    wanted: str
    default: str | int | None = None


_KEYS = {
    "name": _Key(_name, "letters, digits and -_.+ (at most 60), such as my-board"),
    "core": _Key(_core, f"one of {', '.join(CORES)}"),
    "flash": _Key(_size, 'a size from 1 KB to 1024 MB, such as "512 KB"'),
    "ram": _Key(_size, 'a size from 1 KB to 1024 MB, such as "128 KB"'),
    "clock": _Key(_clock, 'a clock from 1 MHz to 10 GHz, such as "84 MHz"'),
    # The addresses of STM32 and many other chips; the sizes hardly depend on them.
    "flash_origin": _Key(
        _origin,
        "an address below 0xE0000000 that is a multiple of 8, such as 0x08000000",
        0x08000000,
    ),
    "ram_origin": _Key(
        _origin,
        "an address below 0xE0000000 that is a multiple of 8, such as 0x20000000",
        0x20000000,
    ),
    "source": _Key(
        _source,
        "one line of text, such as the name of the datasheet",
        "the user's own board",
    ),
}
