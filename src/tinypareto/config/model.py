"""A run, with every default resolved."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, field_serializer

from tinypareto.config.storage_url import without_password
from tinypareto.nets.options import NetOption
from tinypareto.resources import OBJECTIVES, Limits, Objective
from tinypareto.targets.boards import BoardReference

FILE = "config.toml"
FORMAT = 2
"""Of the result folder; a file without one is of format 1, which had no checksums."""

Amount = Annotated[int, Field(ge=1)]
Interval = tuple[float, float]
Address = Annotated[
    SecretStr, PlainSerializer(lambda secret: without_password(secret.get_secret_value()))
]

OF_THE_MACHINE = {"out", "data_dir", "reuse", "storage", "workers", "ray", "ray_cpus", "ray_gpus"}
"""Keys that say where and how one process runs."""
MAY_CHANGE = OF_THE_MACHINE | {"trials", "threads", "heartbeat"}
"""Keys that may differ when a run is resumed."""


class RunConfig(BaseModel):
    """A run, with every default resolved.

    Attributes:
        dataset: Name of a data set, or absolute path of a file or folder.
        data_options: All options of the data's source.
        data_dir: Where downloads are kept, if not in the user's cache; absolute.
        net: Name of a network family, or `module:function` of the user's own network.
        net_options: All settings of the network.
        board: The board that the limits are for, if any: its name, or all of a board of one's own.
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
    board: BoardReference | None = Field(
        None, description="the name of a board, or the path of a .toml file that describes one"
    )
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
