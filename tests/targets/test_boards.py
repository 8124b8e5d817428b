import pytest

from tinypareto.errors import ConfigError
from tinypareto.targets.boards import BOARDS, Board, board


@pytest.mark.parametrize("entry", BOARDS.values(), ids=lambda entry: entry.name)
def test_every_board_is_complete(entry: Board) -> None:
    assert board(entry.name) is entry
    assert 0 < entry.ram_bytes < entry.flash_bytes
    assert 10_000_000 <= entry.clock_hz <= 1_000_000_000
    assert entry.core.startswith(("cortex-m", "rv32"))
    assert entry.source


def test_unknown_board_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'raspberry-pi-pico'.*known: b-u585i"):
        board("raspbery-pico")
