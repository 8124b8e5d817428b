"""The description of a run, from flags, a TOML file or Python arguments.

Each flag is a key of the TOML file and the other way round; `--net-option`, `--data-option` and the
space are tables there:

    dataset = "ERing.npz"        # relative to this file, as is `out`
    rom = "64KB"
    objectives = ["accuracy", "rom", "ram"]
    trials = 60

    [net_options]
    width = 32

    [data_options]               # for sources that have options, such as recordings in CSV files
    window = 128

    [space]
    epochs = [5, 20]
    momentum = 0.9
"""

from tinypareto.config.model import FILE, MAY_CHANGE, OF_THE_MACHINE, RunConfig
from tinypareto.config.resolve import check_same_run, resolve, to_toml

__all__ = [
    "FILE",
    "MAY_CHANGE",
    "OF_THE_MACHINE",
    "RunConfig",
    "check_same_run",
    "resolve",
    "to_toml",
]
