from pathlib import Path
from typing import Any

import pytest

from tinypareto.errors import ConfigError
from tinypareto.targets.boards import ALIASES, BOARDS, Board, board, find_board
from tinypareto.targets.cores import CORES
from tinypareto.targets.memory_size import format_memory, parse_memory

OWN = """\
name = "my-board"
core = "cortex-m4"
flash = "512 KB"
ram = "128 KB"
clock = "84 MHz"
"""


@pytest.mark.parametrize("entry", BOARDS.values(), ids=lambda entry: entry.name)
def test_every_board_is_complete(entry: Board) -> None:
    assert board(entry.name) is entry
    assert find_board(entry.reference) is entry
    assert 0 < entry.ram_bytes < entry.flash_bytes
    assert 10_000_000 <= entry.clock_hz <= 1_000_000_000
    assert entry.core in CORES
    assert entry.source
    assert entry.name == entry.name.lower()
    record = entry.record()
    assert parse_memory(record["memory"]["flash"]) == entry.flash_bytes  # type: ignore[index]
    assert record["estimated"] == (record["cycle_model"] is not None)


def test_aliases_are_unambiguous() -> None:
    assert len(ALIASES) == sum(len(entry.aliases) for entry in BOARDS.values())
    assert not set(ALIASES) & set(BOARDS)
    assert all(board(alias).name == name for alias, name in ALIASES.items())
    assert board("Pico").name == "raspberry-pi-pico"
    assert board("esp32-c3-devkitm-1").name == "esp32-c3"
    assert find_board("nano33ble").reference == "arduino-nano-33-ble-sense"


def test_unknown_board_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'raspberry-pi-pico'.*known: arduino-nano"):
        board("raspbery-pico")
    with pytest.raises(ConfigError, match=r"did you mean 'stm32l476'.*\.toml file"):
        board("stm32l47")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("256 KB", 262_144),
        ("256kb", 262_144),
        ("1.5MB", 1_572_864),
        ("512 KiB", 524_288),
        ("65536", 65_536),
        ("256 KX", None),
        ("-1 KB", None),
        ("", None),
        ("1e3 KB", None),
        ("9" * 400, None),
    ],
)
def test_sizes_are_binary(text: str, size: int | None) -> None:
    assert parse_memory(text) == size


def test_sizes_print_as_in_datasheets() -> None:
    assert format_memory(270_336) == "264 KB"
    assert format_memory(2 * 1024**2) == "2 MB"
    assert format_memory(1000) == "1000 bytes"


def test_a_board_of_ones_own_is_a_toml_file(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    own = find_board("my.toml", tmp_path)
    assert own.name == "my-board"
    assert (own.flash_bytes, own.ram_bytes, own.clock_hz) == (524_288, 131_072, 84_000_000)
    assert (own.flash_origin, own.ram_origin) == (0x08000000, 0x20000000)
    # What a result folder stores is enough, without the file.
    assert find_board(own.reference) == own
    assert find_board(str(tmp_path / "my.toml")) == own


def test_all_keys_of_a_board(tmp_path: Path) -> None:
    more = 'flash_origin = 0x1000_0000\nram_origin = 0x3000_0000\nsource = "its datasheet"\n'
    numbers = OWN.replace('"512 KB"', "524288").replace('"84 MHz"', "84_000_000")
    (tmp_path / "my.toml").write_text(numbers + more)
    own = find_board("my.toml", tmp_path)
    assert own == Board(
        "my-board", "cortex-m4", 524_288, 131_072, 0x10000000, 0x30000000, 84 * 10**6,
        "its datasheet",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "my-board"\n', "", "my.toml: misses name; add letters, digits"),
        ('ram = "128 KB"\n', "", "my.toml: misses ram; add a size"),
        ("ram =", "rma =", "my.toml: unknown key 'rma'; did you mean 'ram'?"),
        ("my-board", "my <board>", "my.toml: name: got 'my <board>'; wanted letters"),
        ("cortex-m4", "cortex-m5", "my.toml: core: got 'cortex-m5'; wanted one of cortex-m0plus"),
        ('"512 KB"', '"512 KX"', "my.toml: flash: got '512 KX'; wanted a size"),
        ('"512 KB"', "true", "my.toml: flash: got True; wanted a size"),
        ('"512 KB"', "512", "my.toml: flash: got 512; wanted a size from 1 KB"),
        ('"128 KB"', '"2000 MB"', "my.toml: ram: got '2000 MB'; wanted a size from 1 KB"),
        ('"84 MHz"', "84", "my.toml: clock: got 84; wanted a clock from 1 MHz"),
        ('"84 MHz"', '"84 Mhertz"', "my.toml: clock: got '84 Mhertz'"),
        ('"84 MHz"', f'"{"9" * 400} MHz"', "my.toml: clock: got '9999"),
        ('"cortex-m4"', "[1, 2]", "my.toml: core: got [1, 2]; wanted one of"),
        ('"84 MHz"', '"84 MHz"\nram_origin = 3', "ram_origin: got 3; wanted an address below"),
        ('"84 MHz"', '"84 MHz"\nram_origin = 0x08000000', "overlap; correct flash_origin"),
        ('"84 MHz"', '"84 MHz"\nflash_origin = 0xDFFFF000', "end above 0xe0000000; correct flash"),
        ('"84 MHz"', '"84 MHz"\nsource = "a\\nb"', "source: got 'a\\nb'; wanted one line"),
        ("core =", "core = =", "my.toml: is not TOML"),
    ],
)
def test_a_bad_board_file_says_what_is_wrong(old: str, new: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        find_board("my.toml", tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("none.toml", "none.toml: no such file"),
        ("folder.toml", "folder.toml: cannot be read"),
        ("latin.toml", "latin.toml: is not UTF-8"),
        (3, "--board: got 3; wanted the name of a board"),
        (None, "--board: got None; wanted the name of a board"),
        ({"name": "x"}, "--board: misses core"),
    ],
)
def test_what_is_no_board_is_refused(reference: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"\n')
    with pytest.raises(ConfigError) as caught:
        find_board(reference, tmp_path, "--board")
    assert said in str(caught.value)
