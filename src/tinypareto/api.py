"""A whole search in Python: from a data set and limits to the front."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinypareto.config import resolve
from tinypareto.config.sources import from_arguments
from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.resources import Limits
from tinypareto.results.front import Front
from tinypareto.study.progress import Reporter, Silent
from tinypareto.study.search_loop import run


def search(
    dataset: str | Path | Dataset,
    *,
    limits: Limits | None = None,
    net: str | Callable[..., Any] | None = None,
    resume: bool = False,
    reporter: Reporter | None = None,
    **options: Any,
) -> Front:
    """Search a data set for the Pareto front of int8 networks under limits.

    Args:
        dataset: A name (`digits`), the path of a file or folder, or a `Dataset`.
        limits: Upper bounds; by default those of the data set, or the paper's.
        resume: Go on with the run in `out`; options that are not given again stay as they were.
        reporter: Who is told of the progress; nobody by default.
        net: A network family, or your own network: a function of the shape of one case, the number
            of classes and `net_options`, or its name `module:function` (docs/own-module.md).
        **options: Any other key of `RunConfig`: `data_options`, `data_dir`, `net_options`, `board`,
            `latency`, `objectives`, `preset`, `space`, `select_on`, `sampler`, `early_stopping`,
            `warm_start`, `trials`, `seed`, `workers`, `threads`, `out`, `reuse`.

    Returns:
        The front; `front.load(number)` gives a network of it.

    Raises:
        InputError: An argument or the data cannot be used; nothing was written.
        TrialError: The first trials all failed.
    """
    given: dict[str, Any] = {**options, "net": _name(net)}
    if limits is not None:
        given |= {"rom": limits.rom_bytes, "ram": limits.ram_bytes, "flops": limits.flops}
        if limits.latency_ms is not None:
            given["latency"] = f"{limits.latency_ms!r}ms"
    if isinstance(dataset, Dataset):
        data = load(dataset)
        config = resolve(from_arguments(given), dataset=data, resume=resume)
    else:
        config = resolve(from_arguments({"dataset": str(dataset), **given}), resume=resume)
        data = load(config.dataset, config.data_options, config.data_dir)
    return run(config, data, reporter or Silent(), resume=resume)


def _name(net: str | Callable[..., Any] | None) -> str | None:
    if net is None or isinstance(net, str):
        return net
    # Torch comes with it.
    from tinypareto.nets.custom import name_of

    return name_of(net)
