"""The intervals to search, and the ranges that any interval must keep.

The settings are those of Table 3 (Deutel 2023). `lr_schedule`, `pruning_start` and `pruning_end`
are fractions of the epochs; `sparsity` is the fraction of filters to remove, one for each prunable
layer.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.search_space.parameter import Interval, Parameter

SPARSITY = "sparsity"
PREFIX = "sparsity/"

_PAPER = (
    Parameter("epochs", 100, 500, "uniform", "int"),
    Parameter("batch_size", 20, 200, "uniform", "int"),
    Parameter("lr", 1e-5, 1e-2, "log"),
    Parameter("momentum", 0.7, 0.99, "log"),
    Parameter("lr_schedule", 0.4, 0.9),
    Parameter("lr_gamma", 0.4, 0.9),
    # As printed, and implausible as an L2 coefficient: such a decay drives all weights to zero.
    Parameter("weight_decay", 0.6, 0.99, "log"),
    Parameter("pruning_start", 0.0, 0.6),
    Parameter("pruning_end", 0.8, 0.95),
    Parameter("pruning_steps", 1, 20, "uniform", "int"),
    Parameter(SPARSITY, 0.1, 0.99),
)
_DEFAULT = (
    Parameter("epochs", 6, 18, "uniform", "int"),
    Parameter("batch_size", 16, 64, "uniform", "int"),
    Parameter("lr", 0.02, 0.4, "log"),
    Parameter("momentum", 0.8, 0.95),
    Parameter("lr_schedule", 0.4, 0.9),
    Parameter("lr_gamma", 0.1, 0.9),
    Parameter("weight_decay", 1e-6, 1e-3, "log"),
    Parameter("pruning_start", 0.0, 0.3),
    Parameter("pruning_end", 0.4, 0.85),
    Parameter("pruning_steps", 1, 10, "uniform", "int"),
    Parameter(SPARSITY, 0.0, 0.95),
)
PRESETS: dict[str, tuple[Parameter, ...]] = {"default": _DEFAULT, "paper": _PAPER}
"""Intervals by name: "paper" as printed in Table 3 of Deutel 2023, "default" for practice."""
OPTIONAL = (Parameter("augment", 0.0, 0.0), Parameter("averaging", 0.0, 0.0))
"""Settings that no preset has; they are part of a space where an interval is given for them."""

FEW_CASES = 500
LONGEST = (40, 120)
"""Epochs for the smallest data sets."""


def intervals(
    preset: str, cases: int, overrides: Mapping[str, Interval] | None = None
) -> dict[str, Interval]:
    """The intervals of a search, everything resolved.

    The preset "default" is for 1,000 training cases or more. Fewer get more epochs, since what
    counts is some hundred steps of SGD, and smaller batches.

    Args:
        preset: A name in `PRESETS`.
        cases: Of the training data.
        overrides: Replace the preset's, by parameter.
    """
    chosen = {p.name: _ends(p) for p in PRESETS[preset]}
    if preset == "default":
        (low, high), scale = chosen["epochs"], 1000 / cases
        if scale > 1:
            chosen["epochs"] = (
                min(round(low * scale), LONGEST[0]),
                min(round(high * scale), LONGEST[1]),
            )
        if cases < FEW_CASES:
            chosen["batch_size"] = (8, 32)
    return chosen | dict(overrides or {})


_BELOW_ONE = math.nextafter(1.0, 0.0)
_POSITIVE = math.ulp(0.0)
_DOMAINS: dict[str, Interval] = {
    "epochs": (1, 100_000),
    "batch_size": (2, 1_000_000),
    "lr": (_POSITIVE, 1e3),
    "momentum": (0, _BELOW_ONE),
    "lr_schedule": (_POSITIVE, 1),
    "lr_gamma": (_POSITIVE, 1),
    "weight_decay": (0, 1e3),
    "pruning_start": (0, 1),
    "pruning_end": (0, 1),
    "pruning_steps": (1, 1_000),
    "augment": (0, 2),
    "averaging": (0, 1),
    SPARSITY: (0, _BELOW_ONE),
}


def check_overrides(preset: str, overrides: Mapping[str, Interval]) -> None:
    """Check all that can be known of overrides without the network.

    Raises:
        ConfigError: As `build_space`, but for unknown layers.
    """
    if preset not in PRESETS:
        raise ConfigError(f"preset: {unknown('preset', preset, PRESETS)}")
    known = {p.name: p for p in (*PRESETS[preset], *OPTIONAL)}
    for name, interval in overrides.items():
        base = SPARSITY if name.startswith(PREFIX) else name
        if base not in known:
            raise ConfigError(f"space: {unknown('parameter', name, known)}")
        _check_interval(replace(known[base], name=name), interval, _DOMAINS[base])
    start, end = (overrides.get(n, _ends(known[n])) for n in ("pruning_start", "pruning_end"))
    if start[1] >= end[0]:
        raise ConfigError(
            f"space.pruning_start: got up to {start[1]:g}, but pruning_end starts at {end[0]:g}; "
            "pruning must start before it ends: keep the two intervals apart"
        )


def _check_interval(parameter: Parameter, interval: Interval, domain: Interval) -> None:
    low, high = interval
    where = f"space.{parameter.name}: got [{low:g}, {high:g}]"
    if not low <= high:
        raise ConfigError(f"{where}; wanted [low, high] with low <= high; swap them")
    if low < domain[0] or high > domain[1]:
        raise ConfigError(f"{where}; wanted within {_domain_text(domain)}; narrow it")
    if parameter.kind == "int" and not (float(low).is_integer() and float(high).is_integer()):
        raise ConfigError(f"{where}; wanted whole numbers; round them")
    if parameter.scale == "log" and low <= 0 < high:
        raise ConfigError(f"{where}; its scale is logarithmic: wanted low > 0, such as 1e-6")


def _domain_text(domain: Interval) -> str:
    low = "(0" if domain[0] == _POSITIVE else f"[{domain[0]:g}"
    high = "1)" if domain[1] == _BELOW_ONE else f"{domain[1]:g}]"
    return f"{low}, {high}"


def _ends(parameter: Parameter) -> Interval:
    return parameter.low, parameter.high
