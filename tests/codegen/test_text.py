import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.codegen.text import (
    NAME_MAX,
    WIDTH,
    comment_lines,
    comment_text,
    list_macro,
    number,
    string_literal,
    wrapped,
    wrapped_integers,
)

hostile = st.text() | st.text(alphabet='*/\\"?\n\r\0%é\ud800x ', max_size=300)


@given(hostile)
def test_comments_cannot_be_left(text: str) -> None:
    lines = "\n".join(["/*", *comment_lines(comment_text(text)), " */"])
    assert lines.isascii()
    assert lines.index("*/") == len(lines) - 2
    assert lines.rindex("/*") == 0
    assert "??" not in lines


@given(hostile)
def test_string_literals_give_the_text_back(text: str) -> None:
    literal = string_literal(text)
    assert re.fullmatch(r'"(?:[ !#->@-\[\]-~]|\\[0-3][0-7]{2})*"', literal)
    coded = re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), literal[1:-1])
    if len(text) <= NAME_MAX:
        assert coded.encode("latin-1") == text.encode("utf-8", "replace")


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_wrapped_items_survive_in_short_lines(items: list[int]) -> None:
    lines = wrapped(items)
    assert [int(item) for item in lines.split(",")] == items
    assert max(map(len, lines.splitlines())) <= WIDTH


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact(value: float) -> None:
    assert float(number(value).strip("()")) == value
    assert not number(value).startswith("-")


def test_integers_stay_integers() -> None:
    assert (number(12), number(-3), number(1.0)) == ("12", "(-3)", "1.0")


@pytest.mark.parametrize("count", [1, 100])
def test_list_macros_continue_on_every_line_but_the_last(count: int) -> None:
    *lines, last = list_macro("NAME", range(count)).splitlines()
    assert all(line.endswith(" \\") for line in lines)
    assert last == "}"


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=200))
def test_integers_are_wrapped_like_all_else(values: list[int]) -> None:
    assert wrapped_integers(values) == wrapped(values)
