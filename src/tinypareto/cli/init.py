"""tinypareto init."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tinypareto.cli.options import option, takes, values
from tinypareto.cli.output import say, show_json
from tinypareto.config.template import KEYS
from tinypareto.errors import ConfigError, InputError

EXAMPLES = """\
Examples:

  tinypareto init

  tinypareto init digits --board nucleo-l4r5 --time 10m

  tinypareto init ./recordings --data-option window=2s --out motion.toml

Without any option it asks four questions in a terminal; then: tinypareto search FILE.
"""

Answers = dict[str, Any]
QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("dataset", "Data: a name (digits), a file or a folder", ""),
    ("board", "Board, see tinypareto boards (none: limits by hand)", "none"),
    (
        "metric",
        "What matters: accuracy, or balanced_accuracy or macro_f1 if classes are rare",
        "accuracy",
    ),
    ("time", "How long: a number of trials, or a time such as 10m", "40"),
)


@takes(*KEYS)
def init(
    data: Annotated[
        str | None,
        typer.Argument(help="A data set's name, file or folder.", metavar="DATA"),
    ] = None,
    *,
    out: Annotated[Path | None, option("File to write (such as digits.toml).", "FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; ask nothing.")] = False,
    **flags: Any,
) -> None:
    """Write a commented TOML file for a search of your data."""
    given = {key: value for key, value in values(flags).items() if value is not None}
    if data is not None:
        given["dataset"] = data
    if not given.keys() - {"dataset"} and sys.stdin.isatty() and not json:
        given = _asked(given)
    if "dataset" not in given:
        raise ConfigError("init: no data given; name a data set or the path of a file or folder")
    file, text = _written(given, out)
    if file.exists() and not force:
        raise ConfigError(f"{file}: exists; give another --out, or --force to replace it")
    file.write_text(text, encoding="utf-8")
    if json:
        show_json({"file": str(file), "command": f"tinypareto search {file}"})
    else:
        say(f"{file}: written; read it, then: tinypareto search {file}")


def _written(given: Answers, out: Path | None) -> tuple[Path, str]:
    """The file to write and its text, which makes the same configuration as the answers.

    Raises:
        InputError: An answer cannot be used.
    """
    from tinypareto.cli.search import configure
    from tinypareto.config.template import commented_toml
    from tinypareto.data import is_path

    config = configure(given["dataset"], {k: v for k, v in given.items() if k != "dataset"}, False)
    file = out or Path(f"{config.out.name}.toml")
    moved = {
        key: _relative(value, file)
        for key, value in given.items()
        if (key == "dataset" and is_path(value))
        or (key == "board" and value.endswith(".toml"))
        or key == "data_dir"
    }
    return file, commented_toml({**given, **moved}, config)


def _relative(path: str, file: Path) -> str:
    """The path as the file has to name it; one from the root or from home stays."""
    if Path(path).is_absolute() or path.startswith("~"):
        return path
    found = os.path.relpath(path, file.absolute().parent)
    # Without a slash it would be the name of a data set.
    return found if os.sep in found or Path(path).suffix else os.path.join(".", found)  # noqa: PTH118


def _asked(given: Answers, ask: Callable[..., Any] = typer.prompt) -> Answers:
    """The answers to the questions; a question is asked again until its answer can be used."""
    answers = dict(given)
    for key, question, usual in QUESTIONS:
        while key not in answers:
            text = str(ask(question, default=usual or None, err=True)).strip()
            key_of = "trials" if key == "time" and text.isdecimal() else key
            if key == "board" and text == "none":
                break
            try:
                value = int(text) if key_of == "trials" else text
                _written({"dataset": "digits", **answers, key_of: value}, None)
            except InputError as error:
                say(f"{error}", err=True)
                continue
            answers[key_of] = value
            break
    return answers
