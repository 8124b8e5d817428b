"""Parameters that commands share, and those that stand for options of `RunConfig`."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from tinypareto.config.flag_text import pairs
from tinypareto.config.model import OPTIONS, RunConfig
from tinypareto.config.signature import with_parameters

F = TypeVar("F", bound=Callable[..., Any])


def option(help: str, metavar: str, panel: str | None = None) -> Any:
    """An option of one command, whose default stands in its help."""
    return typer.Option(help=help, metavar=metavar, show_default=False, rich_help_panel=panel)


Folder = Annotated[Path, typer.Argument(help="A result folder.", metavar="DIR")]
Source = Annotated[
    Path,
    typer.Argument(help="A result folder, or an int8 model: .tflite or .onnx.", metavar="SOURCE"),
]
Trial = Annotated[int | None, option("A network of the front (the recommended one).", "N")]
Toolchain = Annotated[
    str, option("zig, or gcc for the arm-none-eabi-gcc on the PATH (zig).", "NAME")
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run code that the folder names (net = module:function).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def trust_if(trust: bool, *paths: Path) -> None:
    """Let folders name the code of their networks if the user said so."""
    if trust:
        from tinypareto.nets.trust import trust_folder

        for path in paths:
            trust_folder(path)


def flag(key: str, help: str | None = None) -> Any:
    """The command-line option of a key of `RunConfig`.

    Args:
        key: Name of the field.
        help: Replaces the field's own help, for a command to which the option means something else.
    """
    declared = OPTIONS[key]
    switch = RunConfig.model_fields[key].annotation is bool
    return typer.Option(
        f"{declared.flag}/--no-{declared.flag[2:]}" if switch else declared.flag,
        help=help or declared.sentence("; repeatable" if declared.repeatable else ""),
        metavar=None if switch else declared.metavar,
        show_default=False,
        envvar=declared.variable,
        rich_help_panel=declared.panel,
    )


def takes(*keys: str) -> Callable[[F], F]:
    """Give a command a flag for each key, in place of its `**options`."""

    def decorate(command: F) -> F:
        return with_parameters(command, map(_parameter, keys))

    return decorate


def _parameter(key: str) -> inspect.Parameter:
    switch = RunConfig.model_fields[key].annotation is bool
    kind = bool if switch else list[str] if OPTIONS[key].repeatable else str
    annotation = Annotated[kind | None, flag(key)]  # type: ignore[valid-type]
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def values(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Values by key that the texts of flags stand for; None where a flag is not given.

    Raises:
        ConfigError: A text is not NAME=VALUE where it should be.
    """
    return {key: _value(key, given) for key, given in flags.items()}


def _value(key: str, given: Any) -> Any:
    declared = OPTIONS[key]
    if declared.item and given:
        return pairs(declared.flag, given, declared.item, declared.from_text)
    return declared.from_text(given) if isinstance(given, str) else given
