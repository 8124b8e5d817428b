"""What a list of networks says of a family."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from tinypareto.nets import build
from tinypareto.nets.channels import PruningPlan, pruning_plan
from tinypareto.nets.family import Family
from tinypareto.nets.trace import trace

SHAPE, CLASSES = (3, 32, 32), 10
EXAMPLE = "3 x 32 x 32 images of 10 classes"
"""What parameters and filters are counted for."""


def record(family: Family) -> dict[str, Any]:
    """Its settings, and the parameters and prunable filters that it has with their defaults.

    Returns:
        For JSON: "name", "summary", "settings" (default, lowest and highest value by name),
        "parameters", "filters" (of all groups), and "groups": the filters of each prunable layer
        and the layers that lose theirs with it.
    """
    module = build(family.name, {}, SHAPE, CLASSES)
    plan = pruning_plan(*trace(module, SHAPE))
    return {
        "name": family.name,
        "summary": family.summary,
        "settings": {key: asdict(setting) for key, setting in family.settings.items()},
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "filters": sum(plan.widths.values()),
        "groups": {
            name: {"filters": len(atoms), "together_with": _coupled(plan, name)}
            for name, atoms in plan.groups.items()
        },
    }


def description(family: Family, layers: bool = False) -> str:
    """The same in words.

    Args:
        family: The family.
        layers: Add a line for each group of filters that takes a sparsity.
    """
    told = record(family)
    lines = [f"{family.name}  {family.summary}"]
    for key, setting in family.settings.items():
        bounds = f"{setting.low} to {setting.high}"
        lines.append(f"    {key}={setting.default}  {setting.summary} ({bounds})")
    groups = told["groups"]
    lines.append(
        f"    {told['parameters']:,} parameters; {told['filters']:,} filters in "
        f"{len(groups)} prunable groups"
    )
    return "\n".join([*lines, *(_groups(groups) if layers else [])])


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    indent = max(map(len, groups))
    lines = []
    for name, group in groups.items():
        others = ", ".join(group["together_with"])
        together = f", together with {others}" if others else ""
        lines.append(f"      {name:{indent}}  {group['filters']:5,} filters{together}")
    return lines


def _coupled(plan: PruningPlan, name: str) -> list[str]:
    return [
        path
        for path, axes in plan.axes.items()
        if axes.owner and path != name and np.isin(plan.groups[name], axes.outputs).any()
    ]
