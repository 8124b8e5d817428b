"""The presets of the search space, and checks of the intervals that replace theirs."""

from collections.abc import Mapping
from dataclasses import replace

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.search_space.parameter import Interval, Parameter
from tinypareto.search_space.training_settings import (
    BELOW_ONE,
    POSITIVE,
    SETTINGS,
    Searched,
    Setting,
)

SPARSITY = "sparsity"
PREFIX = "sparsity/"

SEARCHED = SETTINGS | {
    SPARSITY: Setting(
        0.0,
        "Fraction of filters to remove; sparsity/<layer> for one prunable layer",
        (0, 1),
        (0, BELOW_ONE),
        {"default": Searched(0.0, 0.95), "paper": Searched(0.1, 0.99)},
    )
}
"""Declaration of everything that can be searched, by name."""


def _preset(preset: str) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, *setting.presets[preset], setting.kind)
        for name, setting in SEARCHED.items()
        if preset in setting.presets
    )


PRESETS = {preset: _preset(preset) for preset in ("default", "paper")}
"""Parameters by preset: "paper" as printed in Table 3 of Deutel 2023, "default" for practice."""
OPTIONAL = {
    preset: tuple(
        Parameter(name, setting.default, setting.default, kind=setting.kind)
        for name, setting in SETTINGS.items()
        if preset not in setting.presets
    )
    for preset in PRESETS
}
"""Settings that a preset does not search; they are searched where a run gives an interval."""

MANY_CASES = 3000
"""Number of cases from which on the intervals of "default" stay the same."""
FEW_CASES = 500
LR_WITHOUT_NORM = (0.003, 0.1)
"""Learning rates for networks without a norm."""
LONGEST = (100, 200)
"""Epochs for the smallest data sets."""


def intervals(
    preset: str,
    cases: int,
    overrides: Mapping[str, Interval] | None = None,
    normalizes: bool = True,
) -> dict[str, Interval]:
    """All intervals of a search, by parameter.

    The preset "default" is for `MANY_CASES` training cases or more. With fewer cases it has more
    epochs, since what counts is a thousand steps of SGD or two, and smaller batches. Its learning
    rates are those of networks with batch norm; others diverge with most of them.

    Args:
        preset: A name in `PRESETS`.
        cases: Number of training cases.
        overrides: Intervals that replace the preset's, by parameter.
        normalizes: Whether the network has a norm of any kind.
    """
    chosen = {p.name: _ends(p) for p in PRESETS[preset]}
    if preset == "default":
        (low, high), scale = chosen["epochs"], MANY_CASES / cases
        if scale > 1:
            chosen["epochs"] = (
                min(round(low * scale), LONGEST[0]),
                min(round(high * scale), LONGEST[1]),
            )
        if cases < FEW_CASES:
            chosen["batch_size"] = (8, 32)
        if not normalizes:
            chosen["lr"] = LR_WITHOUT_NORM
    return chosen | dict(overrides or {})


def check_overrides(preset: str, overrides: Mapping[str, Interval]) -> None:
    """Check everything about overrides that is known without the network.

    Raises:
        ConfigError: The preset or a parameter is unknown, or an interval is unusable.
    """
    if preset not in PRESETS:
        raise ConfigError(f"preset: {unknown('preset', preset, PRESETS)}")
    known = {p.name: p for p in (*PRESETS[preset], *OPTIONAL[preset])}
    for name, interval in overrides.items():
        if "/" in name and not name.startswith(PREFIX):
            continue  # of a structure: see `tinypareto.nets.intervals`
        base = SPARSITY if name.startswith(PREFIX) else name
        if base not in known:
            raise ConfigError(f"space: {unknown('parameter', name, known)}")
        _check_interval(replace(known[base], name=name), interval, SEARCHED[base].searchable)
    start, end = (overrides.get(n, _ends(known[n])) for n in ("pruning_start", "pruning_end"))
    if start[1] >= end[0]:
        raise ConfigError(
            f"space.pruning_start: got up to {start[1]:g}, but pruning_end starts at {end[0]:g}; "
            "pruning must start before it ends: keep the two intervals apart"
        )


def _check_interval(parameter: Parameter, interval: Interval, domain: Interval) -> None:
    low, high = interval
    got = f"space.{parameter.name}: got [{low:g}, {high:g}]"
    if not low <= high:
        raise ConfigError(f"{got}; wanted [low, high] with low <= high; swap them")
    if low < domain[0] or high > domain[1]:
        raise ConfigError(f"{got}; wanted within {range_text(domain)}; narrow it")
    if parameter.kind == "int" and not (float(low).is_integer() and float(high).is_integer()):
        raise ConfigError(f"{got}; wanted whole numbers; round them")
    if parameter.scale == "log" and low <= 0 < high:
        raise ConfigError(f"{got}; its scale is logarithmic: wanted low > 0, such as 1e-6")


def range_text(domain: Interval) -> str:
    """A range as mathematicians write it, such as `[0, 1)`."""
    low = "(0" if domain[0] == POSITIVE else f"[{domain[0]:g}"
    high = "1)" if domain[1] == BELOW_ONE else f"{domain[1]:g}]"
    return f"{low}, {high}"


def _ends(parameter: Parameter) -> Interval:
    return parameter.low, parameter.high
