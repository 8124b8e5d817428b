"""The messages that docs/troubleshooting.md explains are those that the code prints."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
MESSAGES = [
    message
    for heading in HEADING.findall((ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8"))
    for message in re.findall(r"`(.+?)`", heading)
]


@cache
def texts() -> tuple[str, ...]:
    """All strings of the package, with three dots for what an f-string inserts."""
    found = []
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    str(one.value) if isinstance(one, ast.Constant) else "..."
                    for one in node.values
                ]
                found.append("".join(parts))
    return tuple(found)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_exists(message: str) -> None:
    parts = [part.strip() for part in message.split("...") if len(part.strip()) > 1]
    assert parts
    for part in parts:
        assert any(part in text for text in texts()), part


def test_the_most_likely_ones_are_there() -> None:
    assert len(MESSAGES) >= 10
