"""Neural networks that really run on microcontrollers: a search for the feasible Pareto front.

The public names load on first use, so that `tinypareto --help` does not wait for torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinypareto.api import search
    from tinypareto.data.dataset import Dataset
    from tinypareto.errors import TinyparetoError
    from tinypareto.front import Front, FrontPoint
    from tinypareto.network import Network, load_network
    from tinypareto.records import Limits, Resources

_HOMES = {
    "Dataset": "tinypareto.data.dataset",
    "Front": "tinypareto.front",
    "FrontPoint": "tinypareto.front",
    "Limits": "tinypareto.records",
    "Network": "tinypareto.network",
    "Resources": "tinypareto.records",
    "TinyparetoError": "tinypareto.errors",
    "load_network": "tinypareto.network",
    "search": "tinypareto.api",
}

__version__ = version("tinypareto")
__all__ = [
    "Dataset",
    "Front",
    "FrontPoint",
    "Limits",
    "Network",
    "Resources",
    "TinyparetoError",
    "load_network",
    "search",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tinypareto' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
