"""Values as given, each checked by itself."""

from os.path import normpath
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from tinypareto import data
from tinypareto.config.model import FORMAT, Interval, RunConfig
from tinypareto.config.sources import Given
from tinypareto.config.storage_url import checked
from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.resources import ALL_OBJECTIVES
from tinypareto.targets.boards import find_board
from tinypareto.units import Unit, parse_amount, parse_duration

_UNITS: dict[str, Unit] = {"rom": "B", "ram": "B", "flops": "FLOPs"}


def values_of(given: Given) -> dict[str, Any]:
    """Given values by key, as `RunConfig` has them.

    Raises:
        ConfigError: A key or value cannot be used.
    """
    values: dict[str, Any] = {}
    _check_format(given)
    for key, value in given.values.items():
        if key == "format" and given.file is not None:
            continue
        if key not in RunConfig.model_fields:
            where = f"{given.file}: " if given.file else ""
            raise ConfigError(where + unknown("key", key, RunConfig.model_fields))
        values[key] = _value(given, key, value)
    if (reference := values.get("board")) is not None:
        chosen = find_board(reference)
        values = {"rom": chosen.flash_bytes, "ram": chosen.ram_bytes, **values}
    return values


def _check_format(given: Given) -> None:
    found = given.values.get("format", FORMAT)
    if given.file is not None and found not in range(1, FORMAT + 1):
        raise ConfigError(
            f"{given.file}: has format {found!r}, this version reads 1 to {FORMAT}; "
            "use the version of tinypareto that wrote it, or a newer one"
        )


def _value(given: Given, key: str, value: Any) -> Any:
    where = given.label(key)
    if key == "board":
        return find_board(value, given.folder, where).reference
    if key in _UNITS:
        return parse_amount(value, _UNITS[key], where)
    if key == "latency":
        return parse_duration(value, where)
    if key == "objectives":
        value = _objectives(where, value)
    if key == "space" and isinstance(value, dict):
        value = {name: _interval(f"{where}.{name}", v) for name, v in value.items()}
    if key == "dataset" and isinstance(value, str) and data.is_path(value):
        value = normpath(given.folder / value)
    if key in ("out", "data_dir") and isinstance(value, str):
        value = Path(normpath(given.folder / value))
    if key == "reuse":
        value = _folders(given, value)
    if key == "artifacts" and isinstance(value, str) and not value.startswith("s3://"):
        value = normpath(given.folder / value)
    if key == "storage" and isinstance(value, str):
        return SecretStr(checked(value, where))
    try:
        RunConfig.__pydantic_validator__.validate_assignment(
            RunConfig.model_construct(), key, value
        )
    except ValidationError as cause:
        error = cause.errors(include_url=False)[0]
        name = ".".join(map(str, [where, *error["loc"][1:2]]))
        wanted = RunConfig.model_fields[key].description
        raise ConfigError(f"{name}: got {error['input']!r}; wanted {wanted}") from cause
    return value


def _objectives(where: str, value: Any) -> Any:
    """Names as text with commas or as a list, put in order; what is neither stays."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return value
    given = {name.strip() for name in names}
    for name in sorted(given - set(ALL_OBJECTIVES)):
        raise ConfigError(f"{where}: {unknown('objective', name, ALL_OBJECTIVES)}")
    if "accuracy" not in given:
        raise ConfigError(
            f"{where}: got {', '.join(sorted(given))}; wanted accuracy among them, "
            "such as accuracy,rom,ram"
        )
    return tuple(name for name in ALL_OBJECTIVES if name in given)


def _folders(given: Given, value: Any) -> Any:
    """Absolute paths; what is none stays."""
    values = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str | Path) for one in values):
        return value
    return tuple(Path(normpath(given.folder / one)) for one in values)


def _interval(where: str, value: Any) -> Interval:
    ends = value if isinstance(value, list | tuple) else [value, value]
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends):
        raise ConfigError(f"{where}: got {value!r}; wanted a number or [low, high]")
    return ends[0], ends[1]
