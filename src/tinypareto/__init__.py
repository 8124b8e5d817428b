"""Neural networks that really run on microcontrollers: a search for the feasible Pareto front.

The public names load on first use, so that `tinypareto --help` does not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinypareto import moved

if TYPE_CHECKING:
    from tinypareto.api import search
    from tinypareto.data.arrays import make_dataset
    from tinypareto.data.dataset import Dataset
    from tinypareto.deploy.probabilities import uncalibrated_probabilities
    from tinypareto.errors import TinyparetoError
    from tinypareto.evaluation.network import Network
    from tinypareto.resources import Limits, Resources
    from tinypareto.results.front import Front
    from tinypareto.results.front_point import FrontPoint
    from tinypareto.results.model_file import load_network

    __version__: str

_HOMES = {
    "Dataset": "tinypareto.data.dataset",
    "Front": "tinypareto.results.front",
    "FrontPoint": "tinypareto.results.front_point",
    "Limits": "tinypareto.resources",
    "Network": "tinypareto.evaluation.network",
    "Resources": "tinypareto.resources",
    "TinyparetoError": "tinypareto.errors",
    "load_network": "tinypareto.results.model_file",
    "make_dataset": "tinypareto.data.arrays",
    "search": "tinypareto.api",
    "uncalibrated_probabilities": "tinypareto.deploy.probabilities",
}

moved.install()
__all__ = [
    "Dataset",
    "Front",
    "FrontPoint",
    "Limits",
    "Network",
    "Resources",
    "TinyparetoError",
    "load_network",
    "make_dataset",
    "search",
    "uncalibrated_probabilities",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'tinypareto' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
