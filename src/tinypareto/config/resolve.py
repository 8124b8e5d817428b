"""Merge the values of several sources into a configuration, and write one back to a file."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_origin

import tomli_w

from tinypareto.config.model import FILE, FORMAT, MANY, MAY_CHANGE, OPTIONS, RunConfig
from tinypareto.config.sources import ConfigSource, load_toml
from tinypareto.config.storage_url import without_password
from tinypareto.config.values import checked_values
from tinypareto.errors import ConfigError
from tinypareto.nets.trust import check_named, name_by_user
from tinypareto.resources import Limits
from tinypareto.search_space.presets import PREFIX, check_overrides

if TYPE_CHECKING:
    from tinypareto.data.dataset import Dataset

_TABLES = {
    key for key, field in RunConfig.model_fields.items() if get_origin(field.annotation) is dict
}


def resolve(
    *sources: ConfigSource, dataset: "Dataset | None" = None, resume: bool = False
) -> RunConfig:
    """Make a configuration from the values of sources; later sources override earlier ones.

    A board stands for its flash and RAM as limits. A `rom` in the same source overrides the
    board's, a `rom` in an earlier source does not. Without either, the data set's limits hold.

    Args:
        sources: Values, such as those of a file and those of the command line.
        dataset: The data, if it is not to be loaded by name.
        resume: Start from the configuration in the result folder, if there is one.

    Raises:
        ConfigError: A key or value cannot be used, would make a resumed run another one, or stands
            only in a result folder and would run code or, if resumed, connect to a server.
        DataError: The data set's name is unknown.
    """
    for source in sources:
        if not source.foreign:
            name_by_user(source.values.get("net"))
    config = _resolved(sources, dataset)
    if resume and (config.out / FILE).is_file():
        saved = load_toml(config.out / FILE)
        sources = (saved, *sources)
        config = _resolved(sources, dataset)
        check_same_run(_resolved((saved,), dataset), config)
        check_servers(sources, config)
    return config


def _resolved(sources: Sequence[ConfigSource], dataset: "Dataset | None") -> RunConfig:
    values: dict[str, Any] = {}
    for source in sources:
        values = _merged(values, checked_values(source))
    if dataset is not None:
        values |= {"dataset": dataset.name, "task": dataset.task}
    if "dataset" not in values:
        raise ConfigError("dataset: missing; name a data set or give the path of a file or folder")
    limits = dataset.limits if dataset is not None else _default_limits(values["dataset"])
    sizes = {"rom": limits.rom_bytes, "ram": limits.ram_bytes, "flops": limits.flops}
    # A data set made in Python may bring numbers of NumPy.
    defaults = {key: int(size) for key, size in sizes.items()}
    if values.get("time") is not None:
        defaults["trials"] = MANY
    values = {"out": _default_out(values["dataset"]), **defaults, **values}
    config = _with_study(RunConfig(**values))
    _check_latency(config)
    _check_reuse(config)
    check_overrides(config.preset, config.space)
    for source in sources:
        if source.foreign:
            check_named(config.net, source.foreign)
    return _with_net(config if dataset is not None else _with_data(config))


def check_same_run(saved: RunConfig, config: RunConfig) -> None:
    """Refuse to continue a run as another one.

    Raises:
        ConfigError: An option differs that is not in `MAY_CHANGE`.
    """
    for key in RunConfig.model_fields:
        old, new = getattr(saved, key), getattr(config, key)
        if old != new and key not in MAY_CHANGE:
            raise ConfigError(
                f"{key}: got {new!r} but the run in {config.out} has {old!r}; "
                "leave it out to continue, or give another --out"
            )


def to_toml(config: RunConfig) -> str:
    """The text of a TOML file from which `resolve` makes the same configuration."""
    values = config.model_dump(mode="json", exclude_none=True)
    return tomli_w.dumps({"format": FORMAT, **values})


def _merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Merge two mappings and their tables; options of a net or data set that changed go."""
    net = RunConfig.model_fields["net"].default
    for key, default, table in (("net", net, "net_options"), ("dataset", None, "data_options")):
        if key in high and high[key] != low.get(key, default):
            low = {name: value for name, value in low.items() if name != table}
    tables = {key: low[key] | value for key, value in high.items() if key in low and key in _TABLES}
    return low | high | tables


def check_servers(sources: Sequence[ConfigSource], config: RunConfig) -> None:
    """Refuse to connect to what only a result folder names.

    Args:
        sources: The sources of the configuration.
        config: Configuration made from them.

    Raises:
        ConfigError: A database, Ray cluster or bucket is in none of the user's own sources.
    """
    addresses = {
        "storage": config.storage and without_password(config.storage.get_secret_value()),
        "ray": config.ray if config.ray != "local" else None,
        "artifacts": config.artifacts if (config.artifacts or "").startswith("s3:") else None,
    }
    for key, address in addresses.items():
        origins = [source.foreign for source in sources if key in source.values]
        if address and origins and all(origins):
            flag = f"{OPTIONS[key].flag} {address}"
            raise ConfigError(
                f"{key}: {address} is named by {origins[0]} only; give {flag} to connect to it"
            )


def _check_reuse(config: RunConfig) -> None:
    if config.reuse and ":" in config.net:
        raise ConfigError(
            f"reuse: got results of {config.net}, whose code is yours and may have changed; "
            "leave reuse out"
        )


def _check_latency(config: RunConfig) -> None:
    if not config.timed:
        return
    if config.board is None:
        raise ConfigError(
            "latency: is that of a board, and none is given; add --board NAME, see "
            "tinypareto boards"
        )
    # NumPy comes with them, and the help of the command must not wait.
    from tinypareto.targets.boards import find_board
    from tinypareto.targets.cores import core

    board = find_board(config.board)
    if core(board.core).timing is None:
        raise ConfigError(
            f"latency: cannot be estimated on {board.name}, for there is no model of the cycles of "
            f"its core, {board.core}; give another --board, or leave latency out"
        )


def _default_limits(dataset: str) -> Limits:
    # NumPy comes with the data; the help of the commands imports this module.
    from tinypareto.data import find, is_path

    return Limits() if is_path(dataset) else find(dataset).limits


def _default_out(dataset: str) -> Path:
    from tinypareto.data import short_name

    name = re.sub(r"[^\w.-]+", "-", short_name(dataset)).strip(".-")
    return Path.cwd() / "runs" / (name or "run")


def _with_study(config: RunConfig) -> RunConfig:
    """Fill in the name and the artifact folder that a shared database needs."""
    for key in ("study", "artifacts"):
        if config.storage is None and getattr(config, key) is not None:
            raise ConfigError(f"{key}: is for a shared database; give --storage too")
    if config.storage is None:
        return config
    defaults = {"study": config.out.name, "artifacts": str(config.out / "artifacts")}
    chosen = {key: value for key in defaults if (value := getattr(config, key)) is not None}
    return config.model_copy(update=defaults | chosen)


def _with_data(config: RunConfig) -> RunConfig:
    from tinypareto.data import find

    options = find(config.dataset).complete(config.dataset, config.data_options)
    return config.model_copy(update={"data_options": options})


def _with_net(config: RunConfig) -> RunConfig:
    # It imports torch; all cheaper checks are done by now.
    from tinypareto.nets.family import Family
    from tinypareto.nets.intervals import check_auto_options, check_structure_intervals
    from tinypareto.nets.options import AUTO, PAPER
    from tinypareto.nets.registry import find

    given = [name for name in config.space if "/" in name and not name.startswith(PREFIX)]
    check_structure_intervals(config.net, config.net_options, given, config.space)
    if config.net == AUTO and config.preset == "paper":
        config = config.model_copy(update={"net": PAPER})
    if config.net == AUTO:
        check_auto_options(config.net_options)
        return config
    found = find(config.net)
    if isinstance(found, Family) and config.preset != "paper":
        # What is not given is searched.
        options = found.checked(config.net_options)
    else:
        options = found.complete(config.net_options)
    return config.model_copy(update={"net_options": options})
