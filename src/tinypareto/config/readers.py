"""Readers of single options; what they cannot read they return, for the type to refuse."""

from os.path import expanduser, normpath
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tinypareto.config.option import Reader
from tinypareto.config.storage_url import checked
from tinypareto.errors import ConfigError
from tinypareto.processors import fitting_processes
from tinypareto.registry import unknown
from tinypareto.resources import ALL_OBJECTIVES
from tinypareto.units import Unit, parse_amount, parse_duration, parse_time


def amount(unit: Unit) -> Reader:
    """A reader of amounts such as 64KB."""
    return lambda value, label, _: parse_amount(value, unit, label)


def duration(value: Any, label: str, _: Path) -> float:
    """Milliseconds of a time such as 20ms."""
    return parse_duration(value, label)


def time(value: Any, label: str, _: Path) -> float:
    """Seconds of a time such as 10m."""
    return parse_time(value, label)


def processes(value: Any, _: str, __: Path) -> Any:
    """A number of processes, or as many as this machine has room for instead of "auto"."""
    return fitting_processes() if value == "auto" else value


def share(value: Any, label: str, _: Path) -> Any:
    """A share of one, from 0.9 or from text such as 90%; other text is returned as it is."""
    if not isinstance(value, str):
        return float(value) if type(value) is int else value
    number, percent, rest = value.strip().partition("%")
    try:
        return float(number) / 100 if percent and not rest else float(value)
    except ValueError:
        return value


def objectives(value: Any, label: str, _: Path) -> Any:
    """Names as text with commas or as a list, in the order of `ALL_OBJECTIVES`.

    Raises:
        ConfigError: A name is unknown, or accuracy is not among them.
    """
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return value
    chosen = {name.strip() for name in names}
    for name in sorted(chosen - set(ALL_OBJECTIVES)):
        raise ConfigError(f"{label}: {unknown('objective', name, ALL_OBJECTIVES)}")
    if "accuracy" not in chosen:
        raise ConfigError(
            f"{label}: got {', '.join(sorted(chosen))}; wanted accuracy among them, "
            "such as accuracy,rom,ram"
        )
    return tuple(name for name in ALL_OBJECTIVES if name in chosen)


def task(value: Any, label: str, _: Path) -> Any:
    """The name of a learning task.

    Raises:
        ConfigError: There is none of that name.
    """
    # NumPy comes with it, and the help of the command must not wait.
    from tinypareto.tasks.registry import TASKS

    # What follows a colon is a figure of merit, which has an option of its own.
    names = [name for name in TASKS if ":" not in name]
    if isinstance(value, str) and value not in names:
        raise ConfigError(f"{label}: {unknown('task', value, names)}")
    return value


def intervals(value: Any, label: str, _: Path) -> Any:
    """Intervals by parameter; a single number is an interval with equal ends.

    Raises:
        ConfigError: One is neither a number nor [low, high].
    """
    if not isinstance(value, dict):
        return value
    return {name: _interval(ends, f"{label}.{name}") for name, ends in value.items()}


def _interval(value: Any, label: str) -> tuple[float, float]:
    ends = value if isinstance(value, list | tuple) else [value, value]
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends):
        raise ConfigError(f"{label}: got {value!r}; wanted a number or [low, high]")
    return ends[0], ends[1]


def dataset(value: Any, _: str, base: Path) -> Any:
    """The name of a data set, or an absolute path."""
    # NumPy comes with it, and the help of the command must not wait.
    from tinypareto.data import is_path

    return _absolute(value, base) if isinstance(value, str) and is_path(value) else value


def folder(value: Any, _: str, base: Path) -> Any:
    """An absolute path."""
    return Path(_absolute(value, base)) if isinstance(value, str | Path) else value


def folders(value: Any, _: str, base: Path) -> Any:
    """Absolute paths of one folder or several."""
    values = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str | Path) for one in values):
        return value
    return tuple(Path(_absolute(one, base)) for one in values)


def folder_or_bucket(value: Any, _: str, base: Path) -> Any:
    """An absolute path, or s3://bucket as it is."""
    local = isinstance(value, str) and not value.startswith("s3://")
    return _absolute(value, base) if local else value


def board(value: Any, label: str, base: Path) -> Any:
    """The name of a board in the registry, or all values of a board that a TOML file describes.

    Raises:
        ConfigError: There is no such board or file, or the file does not describe a board.
    """
    # NumPy comes with it, and the help of the command must not wait.
    from tinypareto.targets.boards import find_board

    return find_board(value, base, label).reference


def database(value: Any, label: str, _: Path) -> Any:
    """The checked address of a shared database, as a secret.

    Raises:
        ConfigError: It is no such address.
    """
    return SecretStr(checked(value, label)) if isinstance(value, str) else value


def _absolute(value: str | Path, base: Path) -> str:
    """An absolute path; ~ is the user's home folder."""
    # Path.expanduser raises an error if there is no such user.
    return normpath(base / expanduser(value))  # noqa: PTH111
