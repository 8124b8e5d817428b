"""Every TOML file of a user's is read alike: a configuration, and a board."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tinypareto.config.sources import load_toml
from tinypareto.errors import ConfigError
from tinypareto.targets.board_file import read_board

BOARD = 'name = "mine"\ncore = "cortex-m4"\nflash = "64 KB"\nram = "16 KB"\nclock = "84 MHz"\n'
readers = pytest.mark.parametrize("read", [load_toml, read_board])
Reader = Callable[[Path], Any]


@readers
def test_a_byte_order_mark_is_no_obstacle(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(BOARD, encoding="utf-8-sig")
    assert read(path)


@readers
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"clock = ", "is not TOML"),
        (b"clock = " + b"9" * 5000, "is not TOML"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"name = '\xff'", "is not UTF-8 text"),
    ],
    ids=["unfinished", "long number", "deep", "latin-1"],
)
def test_what_is_no_toml_is_refused_in_one_line(
    read: Reader, content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@readers
def test_missing_files_and_pipes_are_refused(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; give the path of a TOML file"):
        read(tmp_path / "none.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ConfigError, match="is a pipe; give the path of a TOML file"):
        read(tmp_path / "pipe.toml")
