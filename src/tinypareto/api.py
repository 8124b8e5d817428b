"""A whole search in Python: from a data set and limits to the front."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tinypareto.config import resolve
from tinypareto.config.model import OPTIONS
from tinypareto.config.signature import with_parameters
from tinypareto.config.sources import from_arguments
from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.data.from_python import is_recordings, recordings_from
from tinypareto.errors import DataError
from tinypareto.resources import Limits
from tinypareto.results.front import Front
from tinypareto.study.progress import Reporter, Silent
from tinypareto.study.search_loop import run

F = TypeVar("F", bound=Callable[..., Any])


def _documented(function: F) -> F:
    """Show the options of `RunConfig` in a function's signature and docstring."""
    named = inspect.signature(function).parameters
    others = {key: option for key, option in OPTIONS.items() if key not in named}
    lines = [f"    {key}: {option.sentence()}" for key, option in others.items()]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Options:", *lines])
    keywords = [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None) for key in others
    ]
    return with_parameters(function, keywords)


@_documented
def search(
    dataset: Any,
    *,
    limits: Limits | None = None,
    net: str | Callable[..., Any] | None = None,
    resume: bool = False,
    reporter: Reporter | None = None,
    **options: Any,
) -> Front:
    """Search a data set for the Pareto front of int8 networks under limits.

    Args:
        dataset: A name (`digits`), the path of a file or folder, a `Dataset` (as of
            `make_dataset`), a data frame with a row for each point in time, or recordings by name
            (data frames or arrays [rows, channels]), which `data_options` describe like files.
        limits: Upper bounds on bytes, FLOPs and, for a board, milliseconds; by default those of the
            data set, or the paper's.
        net: A network family, or your own network: a function of the shape of one case, the number
            of classes and `net_options`, or its name `module:function` (docs/own-module.md).
        resume: Continue the run in `out`; options that are not given again keep their values.
        reporter: Receives the progress; nothing is shown by default.
        **options: Any other key of a TOML file (docs/api.md); `help(tinypareto.search)` lists them.

    Returns:
        The front; `front.load(number)` gives a network of it.

    Raises:
        InputError: An argument or the data cannot be used; nothing was written.
        TrialError: The first trials all failed.
    """
    values = {**options, "net": _name(net), **_values(limits)}
    if is_recordings(dataset):
        dataset = recordings_from(dataset, values.pop("data_options", None) or {})
    elif not isinstance(dataset, str | Path | Dataset):
        raise DataError(
            f"dataset: got {type(dataset).__name__}; wanted a name, a path, recordings, or arrays "
            "by make_dataset(x, y)"
        )
    if isinstance(dataset, Dataset):
        data = load(dataset, task=values.get("task"))
        config = resolve(from_arguments(values), dataset=data, resume=resume)
    else:
        config = resolve(from_arguments({"dataset": str(dataset), **values}), resume=resume)
        data = load(config.dataset, config.data_options, config.data_dir, config.task)
    return run(config, data, reporter or Silent(), resume=resume)


def _values(limits: Limits | None) -> dict[str, Any]:
    if limits is None:
        return {}
    sizes = {"rom": limits.rom_bytes, "ram": limits.ram_bytes, "flops": limits.flops}
    latency = limits.latency_ms
    return sizes if latency is None else {**sizes, "latency": f"{float(latency)!r}ms"}


def _name(net: str | Callable[..., Any] | None) -> str | None:
    if net is None or isinstance(net, str):
        return net
    # It imports torch.
    from tinypareto.nets.custom import name_of

    return name_of(net)
