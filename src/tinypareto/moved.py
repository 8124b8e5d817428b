"""Modules under the names that they had up to version 0.1; these go with version 0.3.

Importing one of them warns, and gives what the present modules hold.
"""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED: dict[str, tuple[str, ...]] = {
    "tinypareto.batched": ("tinypareto.study.batched_storage",),
    "tinypareto.calibrate": ("tinypareto.evaluation.fit_cost_model",),
    "tinypareto.evaluate": ("tinypareto.evaluation.evaluator",),
    "tinypareto.files": ("tinypareto.atomic_files",),
    "tinypareto.folder": ("tinypareto.results.folder",),
    "tinypareto.front": (
        "tinypareto.results.front",
        "tinypareto.results.front_point",
        "tinypareto.results.front_file",
    ),
    "tinypareto.given": ("tinypareto.config.sources",),
    "tinypareto.latency": ("tinypareto.evaluation.latency_model",),
    "tinypareto.linked": ("tinypareto.evaluation.linked_program",),
    "tinypareto.manifest": ("tinypareto.results.measurement_file",),
    "tinypareto.names": ("tinypareto.registry",),
    "tinypareto.network": ("tinypareto.evaluation.network", "tinypareto.results.model_file"),
    "tinypareto.parameter": ("tinypareto.search_space.parameter",),
    "tinypareto.predict": ("tinypareto.evaluation.cost_model",),
    "tinypareto.presets": ("tinypareto.search_space.presets",),
    "tinypareto.prospects": ("tinypareto.training.early_stopping",),
    "tinypareto.records": (
        "tinypareto.resources",
        "tinypareto.search_space.candidate",
        "tinypareto.evaluation.measurement",
        "tinypareto.nets.options",
    ),
    "tinypareto.space": ("tinypareto.search_space.space",),
    "tinypareto.storage_url": ("tinypareto.config.storage_url",),
    "tinypareto.table": ("tinypareto.cli.front_table",),
    "tinypareto.samplers.known": ("tinypareto.samplers.known_objectives",),
    "tinypareto.samplers.peers": ("tinypareto.samplers.baselines",),
    "tinypareto.samplers.trials": ("tinypareto.samplers.history",),
}


class _Finder(MetaPathFinder, Loader):
    """Python asks it last, for modules that no folder has."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        homes = MOVED[module.__name__]
        warnings.warn(
            f"{module.__name__} is now {' and '.join(homes)}; the old name goes with version 0.3",
            DeprecationWarning,
            stacklevel=2,
        )
        for home in map(import_module, homes):
            for name, value in vars(home).items():
                vars(module).setdefault(name, value)


def install() -> None:
    """Make the old names importable."""
    sys.meta_path.append(_Finder())
