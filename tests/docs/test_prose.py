"""The prose of docstrings, and one spelling in code and pages.

A summary or a field description is a sentence, an imperative or a noun phrase that can be read on
its own. One that opens with "Of", "Who" or "What" continues the name above it like a telegram:
write "seed: Seed of the study.", not "seed: Of the study."
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tinypareto"
OPENING = (
    r"(?:Of|Who|Whoever|Whose|That|Those|By(?! default)|As|Where|From|What|Neither|None where)\b"
)
SUMMARY = re.compile(OPENING)
FIELD = re.compile(rf"\s*\*{{0,2}}\w+(?: \(.*?\))?: {OPENING}")
BRITISH = re.compile(
    r"(?:central|character|discret|equal|factor|final|general|initial|linear|maxim|memor|minim|"
    r"normal|optim|organ|parallel|penal|quant|random|real|recogn|regular|sanit|scalar|serial|"
    r"special|standard|summar|synchron|token|util|vector|visual)"
    r"is(?:e|ed|er|ers|es|ing|able|ation|ations)(?![a-z])|licence",
    re.IGNORECASE,
)

ALLOWED: dict[str, str] = {
    '"MODEL_INPUT_BIASES[c]), -128, 127); the normalisation of the data is in these numbers.",': (
        "emitted C, whose bytes stay within a version"
    ),
    "def minimised(": "old name, which goes with version 0.3",
    'message = "Limits.minimised is now Limits.minimized, which takes 1 - accuracy"': "old name",
}
"""Reason by the text of a line that may stand although the checks refuse it."""


def telegrams(source: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines of docstrings that open like a telegram."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                for number, line in enumerate(text.splitlines()):
                    pattern = FIELD if number else SUMMARY
                    if pattern.match(line) and line.strip() not in ALLOWED:
                        yield node.lineno + number, line.strip()


def misspellings(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if BRITISH.search(line) and line.strip() not in ALLOWED:
            yield number, line.strip()


def parts(folder: str, pattern: str) -> list[str]:
    """Paths relative to the root of what a folder holds, caches left out."""
    found = (path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob(pattern))
    return sorted(name for name in found if "__pycache__" not in name)


PACKAGES = [name for name in parts("src/tinypareto", "*") if not name.endswith("py.typed")]
CODE = [*PACKAGES, *parts("benchmarks", "*.py"), "optunahub"]
PAGES = [*parts("docs", "*"), "benchmarks/README.md", *parts(".", "*.md")]
PLACES = [*CODE, *PAGES]
SUFFIXES = {".py", ".c", ".h", ".S", ".toml", ".md"}


def texts(place: str, suffixes: set[str]) -> Iterator[tuple[str, str]]:
    """Names relative to the root and texts of the files at a place."""
    path = ROOT / place
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix in suffixes:
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


@pytest.mark.parametrize("place", CODE)
def test_docstrings_can_be_read_on_their_own(place: str) -> None:
    found = [
        f"{name}:{number}: {line}"
        for name, text in texts(place, {".py"})
        for number, line in telegrams(text)
    ]
    assert not found, "\n".join(["write a sentence or a noun phrase:", *found])


@pytest.mark.parametrize("place", PLACES)
def test_one_spelling(place: str) -> None:
    found = [
        f"{name}:{number}: {line}"
        for name, text in texts(place, SUFFIXES)
        for number, line in misspellings(text)
    ]
    assert not found, "\n".join(["write -ize, and license:", *found])


def test_the_checks_find_what_they_refuse() -> None:
    source = '''
"""What a solver is."""

def solve(seed, start):
    """Whether it ends.

    Args:
        seed: Of the study.
        start (int): By default zero.
        q: Whoever asks.

    Raises:
        ValueError: Where nothing is left.
    """

LIMIT = 1
"""Of all solvers."""
'''
    assert sorted(number for number, _ in telegrams(source)) == [2, 8, 10, 13, 17]
    text = "minimise\nraise noise_prior otherwise\nNormalised_loss\nlicensed\nLicence\nrealist\n"
    assert [number for number, _ in misspellings(text)] == [1, 3, 5]
