"""The values of one source, each checked by itself."""

from typing import Any

from pydantic import ValidationError

from tinypareto.config.model import FORMAT, OPTIONS, RunConfig
from tinypareto.config.sources import ConfigSource
from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.terminal import shown


def checked_values(source: ConfigSource) -> dict[str, Any]:
    """Values by key, as `RunConfig` holds them.

    Raises:
        ConfigError: A key or value cannot be used.
    """
    values: dict[str, Any] = {}
    _check_format(source)
    for key, value in source.values.items():
        if key == "format" and source.file is not None:
            continue
        if key not in OPTIONS:
            prefix = f"{source.file}: " if source.file else ""
            raise ConfigError(prefix + unknown("key", key, OPTIONS))
        values[key] = _checked(source, key, value)
    if (reference := values.get("board")) is not None:
        # NumPy comes with it, and the help of the command must not wait.
        from tinypareto.targets.boards import find_board

        chosen = find_board(reference)
        values = {"rom": chosen.flash_bytes, "ram": chosen.ram_bytes, **values}
    return values


def _check_format(source: ConfigSource) -> None:
    found = source.values.get("format", FORMAT)
    if source.file is not None and found not in range(1, FORMAT + 1):
        raise ConfigError(
            f"{source.file}: has format {shown(found)}, this version reads 1 to {FORMAT}; "
            "use the version of tinypareto that wrote it, or a newer one"
        )


def _checked(source: ConfigSource, key: str, value: Any) -> Any:
    option, label = OPTIONS[key], source.label(key)
    if option.read is not None:
        value = option.read(value, label, source.folder)
    try:
        RunConfig.__pydantic_validator__.validate_assignment(
            RunConfig.model_construct(), key, value
        )
    except ValidationError as cause:
        error = cause.errors(include_url=False)[0]
        name = ".".join(map(str, [label, *error["loc"][1:2]]))
        raise ConfigError(f"{name}: got {shown(error['input'])}; wanted {option.wanted}") from cause
    return value
