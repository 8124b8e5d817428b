"""A run, with every default resolved.

Each option is declared once, as a field of `RunConfig`: its type, limits, default, and an `Option`
that describes it. Flags of the commands, keys of TOML files, their checks and messages, and the
tables of the documentation are made from these fields.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, field_serializer
from pydantic.fields import FieldInfo

from tinypareto.config import readers
from tinypareto.config.flag_text import plain, whole
from tinypareto.config.option import LIMITS, MACHINES, NETWORK, RESULTS, SEARCH, Option, in_words
from tinypareto.config.storage_url import without_password
from tinypareto.nets.options import NetOption
from tinypareto.resources import ALL_OBJECTIVES, OBJECTIVES, Limits, Objective

FILE = "config.toml"
FORMAT = 2
"""Format of the result folder; a file without one is of format 1, which had no checksums."""

MANY = 1000
"""Trials of a search that is given a time instead of a number of trials."""

Amount = Annotated[int, Field(ge=1)]
Interval = tuple[float, float]
Address = Annotated[
    SecretStr, PlainSerializer(lambda secret: without_password(secret.get_secret_value()))
]
MetricName = Literal["accuracy", "balanced_accuracy", "macro_f1"]
Share = Annotated[float, Field(ge=0, le=1)]
Sampler = Literal["ars", "paper", "parego", "gp", "tpe", "nsga2", "random"]

_PEERS = ", ".join(get_args(Sampler)[1:])
_COUNT = "a whole number from 1, such as"


class RunConfig(BaseModel):
    """A run, with every default resolved.

    Limits are in bytes, FLOPs (two times the multiply-accumulates) and milliseconds; paths are
    absolute. What each field means stands in its `Option`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    dataset: Annotated[
        str,
        Option(
            "Name of a data set, or path of a file or folder",
            "the name of a data set or the path of a file or folder",
            read=readers.dataset,
        ),
    ]
    net: Annotated[
        str,
        Option(
            "Network family (see tinypareto nets), auto for all that suit the data, or your own: "
            "module:function",
            "the name of a network family or module:function",
            "NAME",
            NETWORK,
        ),
    ] = "auto"
    net_options: Annotated[
        dict[str, NetOption],
        Option(
            "Settings of the network, see tinypareto nets",
            "plain values, such as width=32",
            "NAME=VALUE",
            NETWORK,
            flag="--net-option",
            repeatable=True,
            from_text=plain,
            item="width=32",
        ),
    ] = {}
    data_options: Annotated[
        dict[str, int | str],
        Option(
            "Settings of the data's source, see tinypareto datasets",
            "a whole number or a text",
            "NAME=VALUE",
            NETWORK,
            flag="--data-option",
            repeatable=True,
            from_text=whole,
            item="window=128",
        ),
    ] = {}
    data_dir: Annotated[
        Path | None,
        Option(
            "Folder of downloaded data",
            "the path of a folder",
            "DIR",
            NETWORK,
            shown_default="the user's cache",
            read=readers.folder,
            of_machine=True,
        ),
    ] = None
    rom: Annotated[
        Amount,
        Option(
            "Limit on weights and tables, such as 64KB",
            "bytes, such as 64KB",
            "SIZE",
            LIMITS,
            shown_default="the board's, or the data set's",
            read=readers.amount("B"),
        ),
    ]
    ram: Annotated[
        Amount,
        Option(
            "Limit on the arena, such as 16KB",
            "bytes, such as 16KB",
            "SIZE",
            LIMITS,
            shown_default="the board's, or the data set's",
            read=readers.amount("B"),
        ),
    ]
    flops: Annotated[
        Amount,
        Option(
            "Limit on 2 x MACs, such as 5M",
            "a number, such as 5M",
            "COUNT",
            LIMITS,
            shown_default="the data set's",
            read=readers.amount("FLOPs"),
        ),
    ]
    # Where latency is only an objective, the search sets its limit to that of the unpruned network.
    latency: Annotated[
        float | None,
        Field(gt=0),
        Option(
            "Limit on the latency estimated for --board, such as 20ms",
            "a time, such as 20ms",
            "TIME",
            LIMITS,
            read=readers.duration,
        ),
    ] = None
    objectives: Annotated[
        tuple[Objective, ...],
        Option(
            f"Any of {','.join(ALL_OBJECTIVES)}, separated by commas",
            "names with commas, such as accuracy,rom,latency",
            "NAMES",
            LIMITS,
            shown_default="the first four",
            read=readers.objectives,
        ),
    ] = OBJECTIVES
    # A board of the user's own is stored with all of its values: its file is not needed again.
    board: Annotated[
        str | dict[str, str | int] | None,
        Option(
            "Board to measure on, whose memory is the limit: a name of tinypareto boards, or "
            "my-board.toml",
            "the name of a board, or the path of a .toml file that describes one",
            "NAME",
            LIMITS,
            read=readers.board,
        ),
    ] = None
    trials: Annotated[
        int,
        Field(ge=1),
        Option("Candidates to try in total", f"{_COUNT} 40", "N", SEARCH, may_change=True),
    ] = 40
    # No part of the search: another run of it may take its own time.
    time: Annotated[
        float | None,
        Field(gt=0),
        Option(
            f"Start no trial after this time, such as 10m; without --trials, up to {MANY} trials",
            "a time, such as 10m or 2h",
            "TIME",
            SEARCH,
            read=readers.time,
            of_machine=True,
        ),
    ] = None
    seed: Annotated[
        int,
        Field(ge=0, lt=2**32),
        Option("Seed of all random numbers", "a whole number from 0 to 2^32 - 1", "N", SEARCH),
    ] = 0
    preset: Annotated[
        str,
        Option(
            "Intervals to search: default, or paper for those of Deutel 2023",
            "the name of a preset",
            "NAME",
            SEARCH,
        ),
    ] = "default"
    space: Annotated[
        dict[str, Interval],
        Option(
            "Intervals that replace the preset's, or fixed values, by parameter",
            "a number or [low, high] by parameter",
            read=readers.intervals,
        ),
    ] = {}
    select_on: Annotated[
        Literal["validation", "test"],
        Option(
            "What steers the search: validation, or test for the paper's protocol",
            "validation or test",
            "NAME",
            SEARCH,
        ),
    ] = "validation"
    task: Annotated[
        str,
        Option(
            "What to learn: classification, or regression for targets that are numbers",
            "the name of a task, such as regression",
            "NAME",
            NETWORK,
            read=readers.task,
        ),
    ] = "classification"
    metric: Annotated[
        MetricName,
        Option(
            f"What steers the search: {', '.join(get_args(MetricName))}",
            ", ".join(get_args(MetricName)),
            "NAME",
            SEARCH,
        ),
    ] = "accuracy"
    # A wish: it changes what is listed, not what is searched.
    min_accuracy: Annotated[
        Share | None,
        Option(
            "Least search score of a listed network, such as 90%",
            "a share, such as 90% or 0.9",
            "SHARE",
            SEARCH,
            shown_default="above the majority class",
            read=readers.share,
            may_change=True,
        ),
    ] = None
    sampler: Annotated[
        Sampler,
        Option(
            f"What proposes candidates: ars, or to compare {_PEERS}",
            f"ars, or to compare: {_PEERS}",
            "NAME",
            SEARCH,
        ),
    ] = "ars"
    early_stopping: Annotated[
        bool, Option("End trials that cannot add to the hypervolume", "true or false", panel=SEARCH)
    ] = False
    # Each worker trains the unpruned network once for each fold, at the middle of the space.
    warm_start: Annotated[
        bool,
        Option(
            "Start from the weights of the unpruned network, for shorter epochs",
            "true or false",
            panel=SEARCH,
        ),
    ] = False
    # With more than one, what is proposed depends on which trials end first.
    workers: Annotated[
        int,
        Field(ge=1, le=256),
        Option(
            "Processes that train at the same time, or auto for one a core; with more than one, "
            "other candidates are proposed",
            f"{_COUNT} 2, or auto",
            "N",
            MACHINES,
            from_text=whole,
            read=readers.processes,
            of_machine=True,
        ),
    ] = 1
    # Results can depend on it in the last digits.
    threads: Annotated[
        int,
        Field(ge=1, le=1024),
        Option(
            "Threads of torch and BLAS in each process",
            f"{_COUNT} 2",
            "N",
            MACHINES,
            may_change=True,
        ),
    ] = 1
    # Shown and written without its password.
    storage: Annotated[
        Address | None,
        Option(
            "PostgreSQL database for workers anywhere",
            "postgresql://user@host/database",
            "URL",
            MACHINES,
            variable="TINYPARETO_STORAGE",
            shown_default="a file in the result folder",
            read=readers.database,
            of_machine=True,
        ),
    ] = None
    study: Annotated[
        str | None,
        Field(min_length=1, max_length=200),
        Option(
            "Name of the study in the database",
            "a name",
            "NAME",
            MACHINES,
            shown_default="that of the folder",
        ),
    ] = None
    artifacts: Annotated[
        str | None,
        Option(
            "Store for the files of workers: a folder that all of them see, or s3://bucket",
            "the path of a folder, or s3://bucket",
            "URL",
            MACHINES,
            shown_default="OUT/artifacts",
            read=readers.folder_or_bucket,
        ),
    ] = None
    heartbeat: Annotated[
        int,
        Field(ge=1, le=3600),
        Option(
            "Seconds from one heartbeat of a worker to the next",
            "seconds, such as 10",
            "N",
            MACHINES,
            may_change=True,
        ),
    ] = 10
    ray: Annotated[
        str | None,
        Field(min_length=1),
        Option(
            "Train on a Ray cluster: auto, local, or its address",
            "an address, such as auto or local",
            "ADDRESS",
            MACHINES,
            of_machine=True,
        ),
    ] = None
    ray_cpus: Annotated[
        float,
        Field(gt=0, le=1024),
        Option(
            "CPU cores of each candidate on the Ray cluster",
            "a number of cores, such as 1",
            "N",
            MACHINES,
            of_machine=True,
        ),
    ] = 1.0
    ray_gpus: Annotated[
        float,
        Field(ge=0, le=64),
        Option(
            "GPUs of each candidate on the Ray cluster",
            "a number of GPUs, such as 0.25",
            "N",
            MACHINES,
            of_machine=True,
        ),
    ] = 0.0
    out: Annotated[
        Path,
        Option(
            "Result folder",
            "the path of a folder",
            "DIR",
            RESULTS,
            shown_default="runs/<data set>",
            read=readers.folder,
            of_machine=True,
        ),
    ]
    reuse: Annotated[
        tuple[Path, ...],
        Option(
            "Earlier result folders; trials that would come out the same are taken from there",
            "paths of result folders",
            "DIR",
            RESULTS,
            repeatable=True,
            read=readers.folders,
            of_machine=True,
        ),
    ] = ()

    @property
    def limits(self) -> Limits:
        """The limits of the search."""
        return Limits(self.rom, self.ram, self.flops, self.latency)

    @property
    def timed(self) -> bool:
        """Whether latency is a limit or an objective."""
        return self.latency is not None or "latency" in self.objectives

    @field_serializer("time", when_used="json-unless-none")
    def _with_seconds(self, seconds: float) -> str:
        return f"{seconds!r}s"

    @field_serializer("latency", when_used="json-unless-none")
    def _with_unit(self, milliseconds: float) -> str:
        return f"{milliseconds!r}ms"


def _option(key: str, field: FieldInfo) -> Option:
    (option,) = (one for one in field.metadata if isinstance(one, Option))
    if option.read is None and field.annotation in (int, float):
        option = replace(option, from_text=whole if field.annotation is int else plain)
    default = "" if field.is_required() else in_words(field.get_default())
    return replace(
        option,
        flag=option.flag or "--" + key.replace("_", "-"),
        shown_default=default if option.shown_default is None else option.shown_default,
    )


OPTIONS = {key: _option(key, field) for key, field in RunConfig.model_fields.items()}
"""Description of each option by key, with its flag and its default in words."""
OF_THE_MACHINE = {key for key, option in OPTIONS.items() if option.of_machine}
"""Keys that say where and how one process runs."""
MAY_CHANGE = OF_THE_MACHINE | {key for key, option in OPTIONS.items() if option.may_change}
"""Keys that may differ when a run is resumed."""
