"""Everything that describes a run, from flags, a TOML file or Python arguments.

Each flag is a key of the TOML file and the other way round; `--net-option`, `--data-option` and the
space have tables:

    dataset = "ERing.npz"        # relative to this file, as is `out`
    rom = "64KB"
    objectives = ["accuracy", "rom", "ram"]
    trials = 60

    [net_options]
    width = 32

    [data_options]               # of a source that has some, such as recordings in CSV files
    window = 128

    [space]
    epochs = [5, 20]
    momentum = 0.9
"""

import re
from collections.abc import Sequence
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationError,
    field_serializer,
)

from tinypareto import data
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError
from tinypareto.given import Given, load_toml
from tinypareto.names import unknown
from tinypareto.presets import check_overrides
from tinypareto.records import ALL_OBJECTIVES, OBJECTIVES, Limits, NetOption, Objective
from tinypareto.storage_url import checked, without_password
from tinypareto.targets.boards import board
from tinypareto.targets.cores import core
from tinypareto.units import Unit, parse_amount, parse_duration

FILE = "config.toml"
FORMAT = 2
"""Of the result folder; a file without one is of format 1, which had no checksums."""

Amount = Annotated[int, Field(ge=1)]
Interval = tuple[float, float]
Address = Annotated[
    SecretStr, PlainSerializer(lambda secret: without_password(secret.get_secret_value()))
]

_UNITS: dict[str, Unit] = {"rom": "B", "ram": "B", "flops": "FLOPs"}
_TABLES = ("net_options", "data_options", "space")
OF_THE_MACHINE = {"out", "data_dir", "reuse", "storage", "workers", "ray", "ray_cpus", "ray_gpus"}
"""Keys that say where and how one process runs."""
_MAY_CHANGE = OF_THE_MACHINE | {"trials", "threads", "heartbeat"}


class RunConfig(BaseModel):
    """A run, with every default resolved.

    Attributes:
        dataset: Name of a data set, or absolute path of a file or folder.
        data_options: All options of the data's source.
        data_dir: Where downloads are kept, if not in the user's cache; absolute.
        net: Name of a network family, or `module:function` of the user's own network.
        net_options: All settings of the network.
        board: The board that the limits are for, if any.
        rom: Limit in bytes.
        ram: Limit in bytes.
        flops: Limit on two times the multiply-accumulates.
        latency: Limit in milliseconds on the board, if any; where latency is only an objective,
            the search sets it to that of the unpruned network.
        objectives: Of `ALL_OBJECTIVES` and in their order, accuracy among them.
        preset: Name of the search space's intervals.
        space: Intervals that replace the preset's; both ends equal: a fixed value.
        select_on: What steers the search.
        sampler: What proposes candidates.
        early_stopping: Whether a trial ends once it cannot add to the hypervolume.
        warm_start: Whether networks start from the weights of the unpruned one, which each worker
            trains once for each fold, with the middle of the space's settings.
        trials: Candidates to try in all, also when resumed.
        seed: Of everything random.
        workers: Processes that train at the same time; with more than one, what is proposed
            depends on which trials end first.
        threads: Of torch and BLAS in each worker; results can depend on it in the last digits.
        out: Absolute path of the result folder.
        reuse: Absolute paths of earlier result folders; a trial that is there already, made of the
            same, is not trained again.
        storage: Address of a shared database; the study is in the result folder without one.
            Shown and written without its password.
        study: Name of the study in it.
        artifacts: Where workers put the files of their trials: absolute path of a folder that all
            see, or s3://bucket.
        heartbeat: Seconds from one sign of life of a worker to the next, in a shared database.
        ray: Address of the Ray cluster that trains; `local` starts one here.
        ray_cpus: Cores that one candidate takes there.
        ray_gpus: GPUs that one candidate takes there, such as 0.25.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    dataset: str = Field(description="the name of a data set or the path of a file or folder")
    data_options: dict[str, int | str] = Field({}, description="a whole number or a text")
    data_dir: Path | None = Field(None, description="the path of a folder")
    net: str = Field("dscnn", description="the name of a network family or module:function")
    net_options: dict[str, NetOption] = Field({}, description="plain values, such as width=32")
    board: str | None = Field(None, description="the name of a board")
    rom: Amount = Field(description="bytes, such as 64KB")
    ram: Amount = Field(description="bytes, such as 16KB")
    flops: Amount = Field(description="a number, such as 5M")
    latency: float | None = Field(None, gt=0, description="a time, such as 20ms")
    objectives: tuple[Objective, ...] = Field(
        OBJECTIVES, description="names with commas, such as accuracy,rom,latency"
    )
    preset: str = Field("default", description="the name of a preset")
    space: dict[str, Interval] = Field({}, description="a number or [low, high] by parameter")
    select_on: Literal["validation", "test"] = Field("validation", description="validation or test")
    sampler: Literal["ars", "paper", "parego", "gp", "tpe", "nsga2", "random"] = Field(
        "ars", description="ars, or to compare: paper, parego, gp, tpe, nsga2 or random"
    )
    early_stopping: bool = Field(False, description="true or false")
    warm_start: bool = Field(False, description="true or false")
    trials: int = Field(30, ge=1, description="a whole number from 1, such as 40")
    seed: int = Field(0, ge=0, lt=2**32, description="a whole number from 0 to 2^32 - 1")
    workers: int = Field(1, ge=1, le=256, description="a whole number from 1, such as 2")
    threads: int = Field(1, ge=1, le=1024, description="a whole number from 1, such as 2")
    out: Path = Field(description="the path of a folder")
    reuse: tuple[Path, ...] = Field((), description="paths of result folders")
    storage: Address | None = Field(None, description="postgresql://user@host/database")
    study: str | None = Field(None, min_length=1, max_length=200, description="a name")
    artifacts: str | None = Field(None, description="the path of a folder, or s3://bucket")
    heartbeat: int = Field(10, ge=1, le=3600, description="seconds, such as 10")
    ray: str | None = Field(None, min_length=1, description="an address, such as auto or local")
    ray_cpus: float = Field(1.0, gt=0, le=1024, description="a number of cores, such as 1")
    ray_gpus: float = Field(0.0, ge=0, le=64, description="a number of GPUs, such as 0.25")

    @property
    def limits(self) -> Limits:
        """The limits of the search."""
        return Limits(self.rom, self.ram, self.flops, self.latency)

    @property
    def timed(self) -> bool:
        """Whether latency is a limit or an objective."""
        return self.latency is not None or "latency" in self.objectives

    @field_serializer("latency", when_used="json-unless-none")
    def _with_unit(self, milliseconds: float) -> str:
        return f"{milliseconds!r}ms"


def resolve(*given: Given, dataset: Dataset | None = None, resume: bool = False) -> RunConfig:
    """Make a configuration from given values; later ones override earlier ones.

    A board stands for its flash and RAM as limits. A `rom` given in the same place wins over it,
    one given in an earlier place does not. Without either, the data set's limits hold.

    Args:
        given: Such as a file's and the command line's.
        dataset: The data, where it is not to be loaded by name.
        resume: Start from the configuration in the result folder, if there is one.

    Raises:
        ConfigError: A key or value cannot be used, or would make a resumed run another one.
        DataError: The data set's name is unknown.
    """
    config = _resolved(given, dataset)
    if resume and (config.out / FILE).is_file():
        saved = load_toml(config.out / FILE)
        config = _resolved((saved, *given), dataset)
        check_same_run(_resolved((saved,), dataset), config)
    return config


def _resolved(given: Sequence[Given], dataset: Dataset | None) -> RunConfig:
    values: dict[str, Any] = {}
    for one in given:
        values = _merged(values, _checked(one))
    if dataset is not None:
        values["dataset"] = dataset.name
    if "dataset" not in values:
        raise ConfigError("dataset: missing; name a data set or give the path of a file or folder")
    limits = dataset.limits if dataset is not None else _default_limits(values["dataset"])
    defaults = {"rom": limits.rom_bytes, "ram": limits.ram_bytes, "flops": limits.flops}
    values = {"out": _default_out(values["dataset"]), **defaults, **values}
    config = _with_study(RunConfig(**values))
    _check_latency(config)
    _check_reuse(config)
    check_overrides(config.preset, config.space)
    return _with_net(config if dataset is not None else _with_data(config))


def check_same_run(saved: RunConfig, config: RunConfig) -> None:
    """Refuse to continue a run as another one.

    Its length and where and how it runs may change.

    Raises:
        ConfigError: Something else differs.
    """
    for key in RunConfig.model_fields:
        old, new = getattr(saved, key), getattr(config, key)
        if old != new and key not in _MAY_CHANGE:
            raise ConfigError(
                f"{key}: got {new!r} but the run in {config.out} has {old!r}; "
                "leave it out to continue, or give another --out"
            )


def to_toml(config: RunConfig) -> str:
    """The text of a TOML file from which `resolve` makes the same configuration."""
    values = config.model_dump(mode="json", exclude_none=True)
    return tomli_w.dumps({"format": FORMAT, **values})


def _checked(given: Given) -> dict[str, Any]:
    """Given values, validated one by one."""
    values: dict[str, Any] = {}
    _check_format(given)
    for key, value in given.values.items():
        if key == "format" and given.file is not None:
            continue
        if key not in RunConfig.model_fields:
            where = f"{given.file}: " if given.file else ""
            raise ConfigError(where + unknown("key", key, RunConfig.model_fields))
        values[key] = _value(given, key, value)
    if (name := values.get("board")) is not None:
        chosen = board(name)
        values = {"rom": chosen.flash_bytes, "ram": chosen.ram_bytes, **values}
    return values


def _check_format(given: Given) -> None:
    found = given.values.get("format", FORMAT)
    if given.file is not None and found not in range(1, FORMAT + 1):
        raise ConfigError(
            f"{given.file}: has format {found!r}, this version reads 1 to {FORMAT}; "
            "use the version of tinypareto that wrote it, or a newer one"
        )


def _merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Both together; tables are merged, but the options of another net or data set are dropped."""
    for key, usual, table in (("net", "dscnn", "net_options"), ("dataset", None, "data_options")):
        if key in high and high[key] != low.get(key, usual):
            low = {name: value for name, value in low.items() if name != table}
    tables = {key: low[key] | value for key, value in high.items() if key in low and key in _TABLES}
    return low | high | tables


def _value(given: Given, key: str, value: Any) -> Any:
    where = given.label(key)
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
    if core(board(config.board).core).emulated is None:
        raise ConfigError(
            f"latency: cannot be estimated on {config.board}, whose core is not emulated; "
            "give another --board, or leave latency out"
        )


def _interval(where: str, value: Any) -> Interval:
    ends = value if isinstance(value, list | tuple) else [value, value]
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends):
        raise ConfigError(f"{where}: got {value!r}; wanted a number or [low, high]")
    return ends[0], ends[1]


def _default_limits(dataset: str) -> Limits:
    return Limits() if data.is_path(dataset) else data.find(dataset).limits


def _default_out(dataset: str) -> Path:
    name = re.sub(r"[^\w.-]+", "-", data.short_name(dataset)).strip(".-")
    return Path.cwd() / "runs" / (name or "run")


def _with_study(config: RunConfig) -> RunConfig:
    """What a shared database asks for in addition."""
    for key in ("study", "artifacts"):
        if config.storage is None and getattr(config, key) is not None:
            raise ConfigError(f"{key}: is for a shared database; give --storage too")
    if config.storage is None:
        return config
    defaults = {"study": config.out.name, "artifacts": str(config.out / "artifacts")}
    given = {key: value for key in defaults if (value := getattr(config, key)) is not None}
    return config.model_copy(update=defaults | given)


def _with_data(config: RunConfig) -> RunConfig:
    options = data.find(config.dataset).complete(config.dataset, config.data_options)
    return config.model_copy(update={"data_options": options})


def _with_net(config: RunConfig) -> RunConfig:
    # Torch comes with it; all cheaper checks are done by now.
    from tinypareto.nets import find

    options = find(config.net).complete(config.net_options)
    return config.model_copy(update={"net_options": options})
