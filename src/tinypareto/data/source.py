"""What the registry knows of a named data source before it is loaded."""

from collections.abc import Callable
from dataclasses import dataclass

from tinypareto.data.dataset import Dataset
from tinypareto.records import Limits


@dataclass(frozen=True)
class Source:
    """A named data source.

    Attributes:
        summary: One line for the list of data sets.
        load: Reads it; raises DataError where that fails.
        limits: Limits that make sense for it; the loaded `Dataset` carries the same.
    """

    summary: str
    load: Callable[[], Dataset]
    limits: Limits
