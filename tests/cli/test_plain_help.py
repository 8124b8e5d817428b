import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from tinypareto.cli import main
from tinypareto.cli.app import app

TYPES = re.compile(r"<(?:bool|str|int|float|path|list|Path)|\[default: (?:None|)\]|\[\[")
LONG_NUMBER = re.compile(r"\d\.\d{5}")


def paths(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from paths(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", list(paths(typer.main.get_command(app))), ids=" ".join)
def test_help_names_values_as_a_person_types_them(
    path: tuple[str, ...],
    width: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", width)
    assert main([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) == width
    assert not TYPES.findall(text)
    assert not LONG_NUMBER.findall(text)
    assert "…" not in text


@pytest.mark.e2e
def test_the_width_is_that_of_the_terminal() -> None:
    command = [sys.executable, "-m", "tinypareto", "search", "--help"]
    environment = {**os.environ, "COLUMNS": "80", "TERMINAL_WIDTH": "80"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert max(map(len, done.stdout.splitlines())) == 80
