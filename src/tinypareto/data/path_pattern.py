"""Patterns that name the parts of paths, such as `{label}/{person}_{n}`."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tinypareto.data.recording_file import RecordingFile
from tinypareto.errors import DataError

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def named(files: Sequence[RecordingFile], pattern: str) -> list[RecordingFile]:
    """Give the parts of paths their names.

    Args:
        files: Recordings.
        pattern: The pattern; `*` stands for anything. It is compared with the last parts of a
            path, without the ending. An empty one changes nothing.

    Raises:
        DataError: The pattern has no names, or a path does not have its form.
    """
    if not pattern:
        return list(files)
    names = _PLACEHOLDER.findall(pattern)
    if not names or len(set(names)) < len(names):
        raise DataError(
            f"path={pattern}: wanted different names in braces, such as {{label}}_{{n}}"
        )
    expression = _expression(pattern)
    depth = pattern.count("/") + 1
    found = []
    for file in files:
        text = "/".join(file.inner.with_suffix("").parts[-depth:])
        match = expression.fullmatch(text)
        if match is None:
            raise DataError(
                f"{file.where}: {text!r} does not have the form {pattern}; rename it, or correct "
                "path="
            )
        found.append(replace(file, fields={**file.fields, **match.groupdict()}))
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression.

    A placeholder takes none of the pattern's own marks: with `{label}_{n}`, walk_up_1 is refused
    rather than cut at either place.
    """
    pieces = _PLACEHOLDER.split(pattern)
    marks = {c for text in pieces[::2] for c in text if not c.isalnum() and c != "*"} | {"/"}
    excluded = re.escape("".join(sorted(marks)))
    literals = [re.escape(text).replace(r"\*", "[^/]*") for text in pieces[::2]]
    names = [f"(?P<{name}>[^{excluded}]+)" for name in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*names, ""], strict=True)))
