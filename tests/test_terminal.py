import io
import json

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from tinypareto.terminal import Printable, printable

EVIL = "a\x1b]0;owned\x07\x1b[31m\r\x9b2J\u202eb"


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert printable(EVIL) == "a\\u001b]0;owned\\u0007\\u001b[31m\\u000d\\u009b2J\\u202eb"
    assert printable("\u00fc\u6f22 \U0001f600\n\tb") == "\u00fc\u6f22 \U0001f600\n\tb"


@given(st.text())
def test_json_stays_the_same_value(text: str) -> None:
    shown = printable(json.dumps({"name": text}, ensure_ascii=False, indent=2))
    assert json.loads(shown) == {"name": text}
    assert all(char == "\n" or ord(char) >= 32 for char in shown)


def test_a_table_keeps_its_own_styles_only() -> None:
    shown = io.StringIO()
    table = Table(style="bold")
    table.add_column(EVIL)
    Console(file=shown, force_terminal=True, width=200, color_system="standard").print(
        Printable(table)
    )
    text = shown.getvalue()
    assert "\x1b[1m" in text
    for bad in ("\x1b]0", "\x07", "\x1b[31m", "\x9b", "\u202e"):
        assert bad not in text
